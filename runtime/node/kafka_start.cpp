// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kafka_start.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/connection_words.hpp"
#include "runtime/node/open_sources.hpp"

namespace aisle::node {
namespace {

using steady = std::chrono::steady_clock;
using std::chrono::seconds;

/// How often it looks whether it was asked to stop.
constexpr base::duration look_every{200};
/// A start that takes no longer says nothing.
constexpr base::duration first_word = seconds{2};
constexpr base::duration longest_silence = seconds{60};

std::set<std::string> brokers_of(const topology::plan& plan) {
  std::set<std::string> all;
  const auto add = [&](const std::optional<topology::log_address>& log) {
    if (log && log->kind == topology::log_kind::kafka) {
      all.insert(log->brokers);
    }
  };
  for (const auto& source : plan.sources) {
    add(source.log);
  }
  for (const auto& table : plan.tables) {
    add(table.log);
  }
  for (const auto& sink : plan.sinks) {
    add(sink.log);
  }
  return all;
}

/// One cluster, until it answers.
class cluster_wait {
 public:
  cluster_wait(std::string name, const run_options& options)
      : name_{std::move(name)}, options_{options}, at_most_{start_patience(options)} {}

  std::expected<brokers, run_error> wait() {
    const kafka::settings to{.brokers = name_, .properties = options_.kafka.properties};
    const auto with = kafka::client::open(kafka::purpose::administer, to);
    if (!with) {
      return std::unexpected{failed(errc::not_started, with.error().message)};
    }
    while (true) {
      const auto there = kafka::reach(**with, look_every);
      if (there) {
        say_it_answers();
        return brokers::are_there;
      }
      const auto& [code, message] = there.error();
      if (kafka::needs_a_person(code)) {
        return std::unexpected{failed(errc::not_started, message)};
      }
      if (options_.stop_requested != nullptr && *options_.stop_requested) {
        return brokers::not_waited_for;
      }
      if (at_most_ && waited() >= *at_most_) {
        return std::unexpected{
            failed(errc::stopped,
                   fmt::format("{}; it was waited for {} (kafka: connect_within in --config)",
                               message, base::to_text(*at_most_)))};
      }
      say_it_waits(message);
    }
  }

 private:
  [[nodiscard]] base::duration waited() const {
    return std::chrono::duration_cast<base::duration>(steady::now() - began_);
  }
  [[nodiscard]] run_error failed(errc code, std::string message) const {
    return {code, {problem("kafka:" + name_, broker_away, std::move(message))}};
  }
  void say(const std::string& text) const {
    if (options_.notice) {
      options_.notice(text);
    }
  }

  void say_it_waits(const std::string& why) {
    if (waited() < next_word_) {
      return;
    }
    const auto bound = at_most_ ? fmt::format("for {} at most", base::to_text(*at_most_))
                                : std::string{"for as long as it takes"};
    say(fmt::format("waiting for kafka:{} since {} s, {}: {}", name_, waited() / seconds{1}, bound,
                    why));
    next_word_ = waited() + std::min(2 * next_word_, longest_silence);
  }
  void say_it_answers() const {
    if (next_word_ > first_word) {
      say(fmt::format("kafka:{} answers", name_));
    }
  }

  std::string name_;
  const run_options& options_;
  std::optional<base::duration> at_most_;
  steady::time_point began_ = steady::now();
  base::duration next_word_ = first_word;
};

}  // namespace

std::optional<base::duration> start_patience(const run_options& options) {
  const bool goes_on = options.state && holds_state(*options.state);
  return goes_on ? options.kafka.connect_within : options.kafka.patience();
}

std::expected<brokers, run_error> reach_brokers(const topology::plan& plan,
                                                const run_options& options) {
  for (const auto& name : brokers_of(plan)) {
    const auto answer = cluster_wait{name, options}.wait();
    if (!answer || *answer != brokers::are_there) {
      return answer;
    }
  }
  return brokers::are_there;
}

}  // namespace aisle::node
