// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "runtime/checkpoint/delivery_sink.hpp"

namespace aisle::checkpoint {

/// A sink that keeps what it is given, with its marker, and does what a script says.
class any_sink final : public delivery_sink {
 public:
  struct script {
    std::string out;
    /// As the sink has it; a fresh one has that of the beginning.
    std::optional<checkpoint::marker> marker = checkpoint::marker{};
    /// How the next calls of that name end; others work.
    std::deque<std::pair<std::string, sink_end>> next;
    /// A write that fails was done all the same.
    bool failed_writes_happen = false;
    int fences = 0;
  };

  /// `by` must outlive it.
  explicit any_sink(script& by) : by_{by} {}

  sink_end fence() override {
    ++by_.fences;
    return end_of("fence");
  }
  std::expected<std::optional<checkpoint::marker>, sink_end> read_marker(attempt) override {
    if (const auto end = end_of("marker"); end != sink_end::done) {
      return std::unexpected{end};
    }
    return by_.marker;
  }
  sink_end write_first_marker() override {
    const auto end = end_of("first marker");
    if (end == sink_end::done) {
      by_.marker = checkpoint::marker{};
    }
    return end;
  }
  sink_end write(const outbox_part& part) override {
    const auto end = end_of("write");
    const bool happens =
        end == sink_end::done || (end == sink_end::failed && by_.failed_writes_happen);
    if (happens) {
      const auto from = static_cast<std::size_t>(part.start_offset);
      by_.out.resize(std::max(by_.out.size(), from + part.bytes.size()), '?');
      by_.out.replace(from, part.bytes.size(), part.bytes);
      by_.marker = checkpoint::marker{.attempt = part.outbox.attempt, .part = part.part};
    }
    return end;
  }
  std::string why() const override { return "out of order"; }

 private:
  sink_end end_of(const std::string& call) {
    if (by_.next.empty() || by_.next.front().first != call) {
      return sink_end::done;
    }
    const auto end = by_.next.front().second;
    by_.next.pop_front();
    return end;
  }

  script& by_;
};

}  // namespace aisle::checkpoint
