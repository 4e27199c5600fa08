// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/control/control_log.hpp"
#include "runtime/control/record_codec.hpp"

namespace aisle::control {

/// What becomes of an append whose writer is told nothing.
enum class lost_answer : std::uint8_t { landed, not_landed, lands_later };

/// The log that all writers of a test share: records as bytes, who may append, and what is still
/// under way.
class memory_log_store {
 public:
  /// Offsets leave `stride - 1` numbers out behind each record, as a topic with transactions does.
  explicit memory_log_store(std::int64_t stride = 1) : stride_{stride} {}

  /// The next append of whoever has the fence ends like this.
  void lose_next_answer(lost_answer how) { next_ = how; }
  /// What was under way lands now, if its writer still has the fence.
  void land() {
    if (late_ && late_->first == fence_) {
      put(std::move(late_->second));
    }
    late_.reset();
  }
  /// The machine stops: what is under way is lost.
  void crash() { late_.reset(); }
  [[nodiscard]] bool something_under_way() const { return late_.has_value(); }

  /// Keeps the last record of each key, and everything from `keep_from` on.
  void compact(log_offset keep_from) {
    std::vector<stored> kept;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const bool superseded =
          std::any_of(records_.begin() + static_cast<std::ptrdiff_t>(i) + 1, records_.end(),
                      [&](const stored& later) { return later.key == records_[i].key; });
      if (!superseded || records_[i].at >= keep_from) {
        kept.push_back(records_[i]);
      }
    }
    records_ = std::move(kept);
  }
  /// Forgets the newest `count` records, as a copy restored from yesterday does.
  void shorten(std::size_t count) {
    for (; count > 0; --count) {
      end_ = records_.back().at;
      records_.pop_back();
    }
  }

  std::uint64_t raise_fence() {
    land();
    return ++fence_;
  }
  std::expected<log_offset, append_failure> append(std::uint64_t by, const record& what,
                                                   log_offset after) {
    if (by != fence_) {
      return std::unexpected{append_failure::fenced};
    }
    auto bytes = stored{.at = {}, .key = std::string{key_of(what)}, .value = encode(what, after)};
    if (const auto how = std::exchange(next_, std::nullopt)) {
      if (*how == lost_answer::landed) {
        put(std::move(bytes));
      } else if (*how == lost_answer::lands_later) {
        late_ = {by, std::move(bytes)};
      }
      return std::unexpected{append_failure::unknown};
    }
    return put(std::move(bytes));
  }
  [[nodiscard]] log_offset end() const { return end_; }
  [[nodiscard]] result<std::vector<log_entry>> read(log_offset from, std::size_t count_max) const {
    std::vector<log_entry> found;
    for (const auto& record : records_) {
      if (record.at >= from && found.size() < count_max) {
        auto entry = decode(record.value, record.at);
        if (!entry) {
          return std::unexpected{entry.error()};
        }
        found.push_back(*std::move(entry));
      }
    }
    return found;
  }

 private:
  struct stored {
    log_offset at;
    std::string key;
    std::string value;
  };

  log_offset put(stored bytes) {
    bytes.at = end_;
    end_ = log_offset{end_.get() + stride_};
    records_.push_back(std::move(bytes));
    return records_.back().at;
  }

  std::int64_t stride_;
  std::vector<stored> records_;
  log_offset end_{0};
  std::uint64_t fence_ = 0;
  std::optional<lost_answer> next_;
  std::optional<std::pair<std::uint64_t, stored>> late_;
};

/// One writer's view of the store.
class memory_control_log final : public control_log {
 public:
  /// `store` must outlive this.
  explicit memory_control_log(memory_log_store& store) : store_{store} {}

  [[nodiscard]] result<void> fence() override {
    fence_ = store_.raise_fence();
    return {};
  }
  [[nodiscard]] std::expected<log_offset, append_failure> append(const record& what,
                                                                 log_offset after) override {
    return store_.append(fence_, what, after);
  }
  [[nodiscard]] result<log_offset> end() override { return store_.end(); }
  [[nodiscard]] result<std::vector<log_entry>> read(log_offset from,
                                                    std::size_t count_max) override {
    return store_.read(from, count_max);
  }

 private:
  memory_log_store& store_;
  std::uint64_t fence_ = 0;
};

}  // namespace aisle::control
