// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/standing_sinks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "runtime/checkpoint/leader.hpp"

namespace aisle::node {
namespace {

using sink_numbers = std::vector<std::size_t>;

/// `sink windows`, `sinks decisions and windows (kafka:host:9092)`, `sinks a, b and c`
std::string names_of(const sink_numbers& sinks, const view::run_status& in) {
  std::string names = sinks.size() == 1 ? "sink " : "sinks ";
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    const bool is_last = i + 1 == sinks.size();
    names += i == 0 ? "" : is_last ? " and " : ", ";
    names += in.sinks[sinks[i]].name;
  }
  // A run has one log, whichever of its sinks write there.
  const auto& log = in.sinks[sinks.front()].log;
  return log.empty() ? names : fmt::format("{} ({})", names, log);
}

/// What was heard of the first sink of which something was.
std::string why(const sink_numbers& sinks, const view::run_status& in) {
  for (const auto s : sinks) {
    if (auto text = in.sinks[s].why.get(); !text.empty()) {
      return ": " + text;
    }
  }
  return "";
}

std::string words_for(const sink_numbers& sinks, const view::run_status& in) {
  std::uint64_t waiting = 0;
  for (const auto s : sinks) {
    waiting = std::max(waiting, in.sinks[s].epochs_waiting.get());
  }
  const bool one = sinks.size() == 1;
  const auto* const pause = waiting >= checkpoint::leader::max_undelivered
                                ? ", and sources pause until one is taken"
                                : "";
  return fmt::format(
      "{} {} taken nothing for {} s; {} that {} complete {}{}{}", names_of(sinks, in),
      one ? "has" : "have", checkpoint::standing_after.count() / 1000,
      waiting == 1 ? "an epoch" : fmt::format("{} epochs", waiting), waiting == 1 ? "is" : "are",
      waiting == 1 ? "waits" : "wait", pause, why(sinks, in));
}

}  // namespace

void show(const checkpoint::backlog& of, view::run_status& in) {
  for (std::size_t s = 0; s < in.sinks.size(); ++s) {
    auto& sink = in.sinks[s];
    const auto waiting = of.waiting(s);
    sink.epochs_waiting.set(waiting);
    if (waiting == 0) {
      sink.why.set("");
    }
  }
}

std::vector<std::string> news_of(checkpoint::backlog& of, base::duration now,
                                 view::run_status& in) {
  for (std::size_t s = 0; s < in.sinks.size(); ++s) {
    in.sinks[s].stands = of.stands(s, now);
  }
  const auto news = of.look(now);
  std::vector<std::string> texts;
  if (!news.stand.empty()) {
    texts.push_back(words_for(news.stand, in));
  }
  if (!news.go_on.empty()) {
    texts.push_back(fmt::format("{} {} epochs again", names_of(news.go_on, in),
                                news.go_on.size() == 1 ? "takes" : "take"));
  }
  return texts;
}

}  // namespace aisle::node
