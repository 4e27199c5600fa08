// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/state_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/checkpoint/changes.hpp"

namespace aisle::checkpoint {

void state_writer::append(control::record what, control::log_offset after) {
  base::pass_fault(base::fault_point::checkpoint_record_wanted);
  urgent_.emplace_back(append_order{.what = std::move(what), .after = after});
}

void state_writer::store(attempt is, std::vector<store_delta> deltas) {
  base::pass_fault(base::fault_point::checkpoint_store_wanted);
  rests_ = false;
  urgent_.emplace_back(
      store_order{.is = is, .deltas = std::move(deltas), .checksums = {}, .preparing = {}});
}

void state_writer::fold(attempt to, control::log_offset applied) {
  complete_ = {.to = to, .applied = applied};
}

void state_writer::trim(kv::copy_id lane, attempt delivered) {
  base::pass_fault(base::fault_point::checkpoint_trim_wanted);
  trims_.push_back({.lane = lane, .to = delivered});
}

state_writer::answers state_writer::work() {
  answers to;
  const bool fold_first = may_fold() && unfolded_.size() >= unfolded_max;
  if (!urgent_.empty() && !fold_first) {
    std::visit([&](auto& order) { work(order, to); }, urgent_.front());
  } else if (may_fold()) {
    work_fold(to);
  } else if (!trims_.empty()) {
    work_trim(to);
  } else if (sweeps_) {
    work_sweep(to);
  }
  return to;
}

void state_writer::tell(const kv::error& why, answers& to) {
  (kv::may_retry(why.code) ? to.waits : to.broken) = why.message;
}

void state_writer::work(append_order& order, answers& to) {
  const auto at = log_.append(order.what, order.after);
  if (!at) {
    tell(log_.trouble(), to);
    return;
  }
  to.appended = {.at = *at, .after = order.after, .what = std::move(order.what)};
  urgent_.pop_front();
}

/// Nothing, or what is wrong with the bytes.
std::optional<std::string> state_writer::begin(store_order& order) const {
  std::vector<kv::delta> deltas;
  deltas.reserve(order.deltas.size());
  order.checksums.reserve(order.deltas.size());
  for (const auto& from : order.deltas) {
    auto made = decode_changes(*from.bytes);
    if (!made) {
      return fmt::format("{}: {}", to_text(order.is), made.error());
    }
    const auto sum = from.is.checksum.get();
    order.checksums.emplace_back(reinterpret_cast<const char*>(&sum), sizeof sum);
    made->copy = from.copy;
    made->base = from.base;
    made->schema = schema_;
    made->notes.push_back({.name = version_note, .bytes = order.checksums.back()});
    deltas.push_back(std::move(*made));
  }
  order.preparing.emplace(order.is, std::move(deltas));
  return std::nullopt;
}

void state_writer::work(store_order& order, answers& to) {
  if (!order.preparing) {
    if (auto wrong = begin(order)) {
      to.broken = std::move(wrong);
      return;
    }
  }
  if (const auto prepared = state_.prepare(*order.preparing); !prepared) {
    tell(prepared.error(), to);
    return;
  }
  to.stored = order.is;
  unfolded_.push_back(order.is);
  urgent_.pop_front();
}

bool state_writer::may_fold() const {
  if (folding_ || !complete_ || rests_) {
    return folding_ || complete_;
  }
  const auto may = [&](attempt is) { return is <= complete_->to; };
  return std::ranges::count_if(unfolded_, may) >= std::ptrdiff_t{gathered};
}

void state_writer::work_fold(answers& to) {
  if (!folding_) {
    folding_ = std::exchange(complete_, std::nullopt);
  }
  const auto more = state_.fold_step(folding_->to, folding_->applied);
  if (!more) {
    tell(more.error(), to);
    return;
  }
  if (*more) {
    return;
  }
  to.folded = folding_->to;
  while (!unfolded_.empty() && unfolded_.front() <= folding_->to) {
    unfolded_.pop_front();
  }
  folding_.reset();
}

void state_writer::work_trim(answers& to) {
  if (const auto trimmed = state_.trim_outboxes(trims_); !trimmed) {
    tell(trimmed.error(), to);
    return;
  }
  trims_.clear();
  sweeps_ = true;
}

void state_writer::work_sweep(answers& to) {
  const auto more = state_.sweep_step();
  if (!more) {
    tell(more.error(), to);
  } else {
    sweeps_ = *more;
  }
}

}  // namespace aisle::checkpoint
