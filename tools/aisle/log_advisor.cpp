// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/log_advisor.hpp"

#include <thread>

#include <fmt/format.h>

#include "tools/aisle/progress.hpp"
#include "tools/aisle/world_log.hpp"

namespace aisle::tool {
namespace {

using nlohmann::json;

/// What the newest sales are older than before the node can have shown that it has read them.
constexpr std::chrono::minutes unseen{15};
constexpr std::chrono::hours between_waits{3};
constexpr std::chrono::milliseconds between_looks{5};

world::instant time_in(const json& record, const char* field) {
  const auto found = record.find(field);
  const auto at = found != record.end() && found->is_string()
                      ? base::parse_rfc3339(found->get<std::string>())
                      : std::nullopt;
  return at ? world::instant{at->time_since_epoch()} : world::instant::min();
}

}  // namespace

std::expected<std::unique_ptr<log_advisor>, world::world_error> log_advisor::open(
    const world::world_options& of) {
  const auto opener = open_world_log(of);
  if (!opener) {
    return std::unexpected{opener.error()};
  }
  std::unique_ptr<log_advisor> made{new log_advisor{of, *folder_of_log(of.log)}};
  for (const auto name : world::topic_names) {
    auto topic = (*opener)(name);
    if (!topic) {
      return std::unexpected{topic.error()};
    }
    made->topics_.emplace(name, *std::move(topic));
  }
  return made;
}

std::string log_advisor::how_to_answer() const {
  return fmt::format(
      "aisle world closed-loop: the topics are made; now the node that decides, in another shell "
      "(within {} s):\n  aisle run retail --log {} --set dir={} --out OUT --epoch 100ms\n",
      patience.count(), of_.log, of_.out.string());
}

void log_advisor::tell(std::string_view topic, const world::topic_record& record) {
  topics_.find(topic)->second->write(record);
  ++told_;
  if (topic != world::topic_names.front()) {
    return;
  }
  sales_.push_back(record.arrives);
  while (sales_.size() > 1 && sales_[1] <= record.arrives - unseen) {
    sales_.pop_front();
  }
}

std::vector<world::advice> log_advisor::advise(world::instant now) {
  send();
  keep_pace(now);
  const auto of_day = now - std::chrono::floor<std::chrono::days>(now);
  if (of_day % between_waits == world::milliseconds{0}) {
    wait_for_node();
  }
  if (of_day == world::milliseconds{0}) {
    tell_how_far(now);
  }
  listen();
  return std::exchange(heard_, {});
}

void log_advisor::send() {
  for (const auto& [name, topic] : topics_) {
    topic->flush();
    if (topic->failed() && !fault_) {
      const auto why = topic->finish();
      fault_ = why ? "the log cannot be written" : why.error().message;
    }
  }
}

void log_advisor::keep_pace(world::instant now) {
  if (!begin_) {
    begin_ = now;
    began_ = clock::now();
  }
  if (of_.speed > 0) {
    const std::chrono::duration<double, std::milli> after{
        static_cast<double>((now - *begin_).count()) / of_.speed};
    std::this_thread::sleep_until(began_ + std::chrono::duration_cast<clock::duration>(after));
  }
}

void log_advisor::wait_for_node() {
  if (sales_.empty() || sales_.front() > sales_.back() - unseen) {
    return;
  }
  auto waited_since = clock::now();
  auto before = reached_;
  for (listen(); reached_ <= sales_.front() && !fault_; listen()) {
    if (reached_ != before) {
      before = reached_;
      waited_since = clock::now();
    }
    if (clock::now() - waited_since > patience) {
      fault_ = fmt::format(
          "nothing new came from a node for {} s; one that follows {} and writes topics "
          "\"windows\" "
          "and \"decisions\" must be running",
          patience.count(), of_.log);
    }
    std::this_thread::sleep_for(between_looks);
  }
}

void log_advisor::listen() {
  const auto heard = [this](const json& record) {
    reached_ = std::max({reached_, time_in(record, "end"), time_in(record, "at")});
  };
  const auto ended = windows_.read(heard);
  const auto decided = decisions_.read([&](const json& record) {
    heard(record);
    read_.read(record, heard_);
  });
  for (const auto* const each : {&ended, &decided}) {
    if (!*each && !fault_) {
      fault_ = each->error();
    }
  }
}

void log_advisor::tell_how_far(world::instant now) const {
  constexpr std::int64_t a_week = 7;
  const auto day = std::chrono::floor<std::chrono::days>(now - *begin_).count();
  if (day > 0 && day % a_week == 0) {
    fmt::print(stderr, "  day {:>3} of {}   {:>11} events told   {:>9} decisions heard\n", day,
               of_.days, with_commas(told_), with_commas(read_.all()));
  }
}

}  // namespace aisle::tool
