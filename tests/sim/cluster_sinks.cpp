// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster_sinks.hpp"

#include <utility>

namespace aisle::cluster_sim {

class producer final : public checkpoint::delivery_sink {
 public:
  explicit producer(sink_system& to) : to_{to} {}

  sink_end fence() override {
    to_.fence(token_);
    return sink_end::done;
  }
  std::expected<std::optional<marker>, sink_end> read_marker(
      control::attempt delivered_to) override {
    if (to_.kind_ == sink_kind::files) {
      return marker{.attempt = delivered_to, .part = 0};
    }
    return to_.marker_;
  }
  sink_end write_first_marker() override {
    return to_.put({.by = token_, .outbox = {}, .part = 0, .start = 0, .bytes = {}});
  }
  sink_end write(const checkpoint::outbox_part& part) override {
    return to_.put({.by = token_,
                    .outbox = part.outbox,
                    .part = part.part,
                    .start = part.start_offset,
                    .bytes = std::string{part.bytes}});
  }

 private:
  sink_system& to_;
  std::uint64_t token_ = 0;
};

std::unique_ptr<checkpoint::delivery_sink> sink_system::make_producer() {
  return std::make_unique<producer>(*this);
}

void sink_system::fence(std::uint64_t& token) {
  const bool fences = kind_ == sink_kind::transactional || kind_ == sink_kind::embedded_log;
  if (!fences) {
    return;
  }
  if (under_way_ && commits_) {
    land();
  }
  under_way_.reset();
  token = ++fence_;
}

void sink_system::land() {
  if (const auto what = std::exchange(under_way_, std::nullopt)) {
    static_cast<void>(apply(*what));
  }
}

sink_end sink_system::put(write what) {
  const bool fences = kind_ == sink_kind::transactional || kind_ == sink_kind::embedded_log;
  if (fences && what.by != fence_) {
    return sink_end::lost;
  }
  if (fences && under_way_) {
    // The producer was not destroyed: the late end of its last transaction commits what this one
    // has sent so far.
    visible_ += what.bytes.substr(0, what.bytes.size() / 2);
    under_way_.reset();
    return sink_end::failed;
  }
  if (kind_ == sink_kind::files && static_cast<std::int64_t>(visible_.size()) < what.start) {
    return sink_end::refused;
  }
  switch (std::exchange(fate_, write_fate::done)) {
    case write_fate::done:
      return apply(what) ? sink_end::done : sink_end::failed;
    case write_fate::done_unseen:
      static_cast<void>(apply(what));
      break;
    case write_fate::not_done:
      if (kind_ == sink_kind::files) {
        what.bytes.resize(what.bytes.size() / 2);
        static_cast<void>(apply(what));
      }
      break;
    case write_fate::done_later:
      under_way_ = std::move(what);
      break;
  }
  return sink_end::failed;
}

/// The condition of a database's update: the marker is what the write comes behind.
bool sink_system::fits(const write& what) const {
  if (!what.outbox) {
    return !marker_;
  }
  return marker_ && (what.part == 0 ? marker_->attempt == what.outbox->prev
                                    : *marker_ == marker{what.outbox->attempt, what.part - 1});
}

bool sink_system::apply(const write& what) {
  if (kind_ == sink_kind::files) {
    const auto start = static_cast<std::size_t>(what.start);
    if (lie_ == mutation::truncate_file) {
      visible_.resize(start);
    }
    if (visible_.size() < start + what.bytes.size()) {
      visible_.resize(start + what.bytes.size());
    }
    visible_.replace(start, what.bytes.size(), what.bytes);
    return true;
  }
  if (kind_ == sink_kind::database && lie_ != mutation::plain_update && !fits(what)) {
    return false;
  }
  visible_ += what.bytes;
  marker_ = what.outbox ? marker{.attempt = what.outbox->attempt, .part = what.part} : marker{};
  return true;
}

}  // namespace aisle::cluster_sim
