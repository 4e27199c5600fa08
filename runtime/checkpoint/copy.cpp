// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/copy.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {
namespace {

auto find(const std::vector<version>& in, attempt is) {
  return std::ranges::find(in, is, &version::attempt);
}

}  // namespace

copy::copy(copy_image found)
    : machine_{found.versions.empty() ? copy_state::none : copy_state::holds},
      versions_{std::move(found.versions)} {}

bool copy::is_filling() const {
  return state() == copy_state::filling || state() == copy_state::sealing;
}

std::vector<version> copy::held() const {
  return is_filling() ? std::vector<version>{} : versions_;
}

bool copy::holds(attempt is) const {
  return !is_filling() && find(versions_, is) != versions_.end();
}

std::optional<version> copy::tip() const {
  if (versions_.empty()) {
    return std::nullopt;
  }
  return waiting_.empty() ? versions_.back() : waiting_.back().is;
}

void copy::assigned(generation g, const attempt& from, copy_role role, copy_effects& effects) {
  if (!machine_.expects(copy_event::assigned)) {
    return;
  }
  base::check(g > generation_, "generations grow");
  generation_ = g;
  role_ = role;
  gathering_.reset();
  if (is_filling()) {
    versions_.clear();
    effects.emplace_back(empty_copy{});
  }
  abandon(from, effects);
  stand_on(from, effects);
}

/// Everything of older generations above `from`, on the disk, on its way there, and remembered.
void copy::abandon(const attempt& from, copy_effects& effects) {
  const auto abandoned = [&](const version& v) {
    return v.attempt.generation < generation_ && v.attempt.epoch > from.epoch;
  };
  if (versions_.empty()) {
    waiting_.clear();
    return;
  }
  const auto behind_base = versions_.begin() + 1;
  const auto kept = std::remove_if(behind_base, versions_.end(), abandoned);
  if (kept != versions_.end() || !waiting_.empty()) {
    effects.emplace_back(erase_abandoned{.before = generation_, .above = from.epoch});
  }
  versions_.erase(kept, versions_.end());
  waiting_.clear();
}

void copy::stand_on(const attempt& from, copy_effects& effects) {
  const bool required = role_ == copy_role::required;
  if (versions_.empty() && required && from == control::the_beginning) {
    versions_.push_back({});
    effects.emplace_back(create_copy{});
  }
  const bool good = find(versions_, from) != versions_.end();
  if (required && !good) {
    effects.emplace_back(
        say_gone{fmt::format("this copy is required and does not hold {}", to_text(from))});
  }
  const auto next = good                ? copy_state::holds
                    : versions_.empty() ? copy_state::none
                                        : copy_state::stale;
  machine_.go(copy_event::assigned, next);
}

void copy::delta(const delta_chunk& chunk, copy_effects& effects) {
  if (!machine_.expects(copy_event::delta)) {
    return;
  }
  const auto base = tip();
  const bool continues =
      gathering_ && gathering_->of.attempt == chunk.attempt && gathering_->next == chunk.index;
  const bool begins = !gathering_ && chunk.index == 0 && base && base->attempt == chunk.base &&
                      chunk.attempt.generation == generation_;
  if (!continues && !begins) {
    refuse(chunk, effects);
    return;
  }
  if (begins) {
    gathering_ = gathering{.of = chunk, .bytes = {}, .next = 0};
  }
  gathering_->add(chunk);
  if (gathering_->next == chunk.count) {
    append(*std::exchange(gathering_, std::nullopt), effects);
  } else {
    machine_.go(copy_event::delta, state());
  }
}

void copy::gathering::add(const delta_chunk& chunk) {
  ++next;
  if (of.count > 1) {
    bytes += *chunk.bytes;
  }
}

shared_bytes copy::gathering::whole() && {
  return of.count > 1 ? std::make_shared<const std::string>(std::move(bytes)) : of.bytes;
}

void copy::refuse(const delta_chunk& chunk, copy_effects& effects) {
  gathering_.reset();
  const auto base = tip();
  effects.emplace_back(
      say_gone{fmt::format("a delta {} on {} does not fit on {}", to_text(chunk.attempt),
                           to_text(chunk.base), to_text(base ? base->attempt : attempt{}))});
  machine_.go(copy_event::delta, state());
}

void copy::append(gathering whole, copy_effects& effects) {
  const version is{.attempt = whole.of.attempt, .checksum = whole.of.checksum};
  auto bytes = std::move(whole).whole();
  if (chained(tip()->checksum, *bytes) != is.checksum) {
    effects.emplace_back(say_gone{fmt::format(
        "the delta {} has another checksum than was sent with it", to_text(is.attempt))});
    machine_.go(copy_event::delta, state());
    return;
  }
  waiting_.push_back({.is = is, .bytes = std::move(bytes)});
  if (waiting_.size() == 1) {
    store_front(effects);
  }
  machine_.go(copy_event::delta, is_filling() ? state() : copy_state::storing);
}

void copy::store_front(copy_effects& effects) const {
  effects.emplace_back(store_version{.is = waiting_.front().is, .bytes = waiting_.front().bytes});
}

void copy::stored(attempt is, copy_effects& effects) {
  if (!machine_.expects(copy_event::stored)) {
    return;
  }
  if (waiting_.empty() || waiting_.front().is.attempt != is) {
    // Of a generation that has ended: what it wrote, an erase behind it has deleted.
    machine_.go(copy_event::stored, state());
    return;
  }
  versions_.push_back(waiting_.front().is);
  waiting_.pop_front();
  if (!is_filling()) {
    effects.emplace_back(say_prepared{versions_.back()});
    fold_what_is_complete(effects);
  }
  if (!waiting_.empty()) {
    store_front(effects);
  }
  seal_when_stored(effects);
  const bool idle = state() == copy_state::storing && waiting_.empty();
  machine_.go(copy_event::stored, idle ? copy_state::holds : state());
}

void copy::store_failed(attempt is, copy_effects& effects) {
  if (!machine_.expects(copy_event::store_failed)) {
    return;
  }
  if (!waiting_.empty() && waiting_.front().is.attempt == is) {
    store_front(effects);
  }
  machine_.go(copy_event::store_failed, state());
}

void copy::completed(attempt is, copy_effects& effects) {
  if (!machine_.expects(copy_event::completed)) {
    return;
  }
  complete_ = std::max(complete_, is);
  const bool superseded = role_ == copy_role::unlisted && !versions_.empty() && !is_filling() &&
                          tip()->attempt.epoch < is.epoch;
  if (superseded) {
    versions_.clear();
    effects.emplace_back(empty_copy{});
    machine_.go(copy_event::completed, copy_state::none);
    return;
  }
  if (!is_filling()) {
    fold_what_is_complete(effects);
  }
  machine_.go(copy_event::completed, state());
}

void copy::fold_what_is_complete(copy_effects& effects) {
  const auto found = find(versions_, complete_);
  if (found != versions_.end() && found != versions_.begin()) {
    effects.emplace_back(fold_to{complete_});
  }
}

void copy::folded(attempt to) {
  if (!machine_.expects(copy_event::folded)) {
    return;
  }
  const auto found = find(versions_, to);
  if (found != versions_.end()) {
    versions_.erase(versions_.begin(), found);
  }
  machine_.go(copy_event::folded, state());
}

void copy::fill(const fill_chunk& chunk, copy_effects& effects) {
  if (!machine_.expects(copy_event::fill)) {
    return;
  }
  if (state() == copy_state::holds && chunk.index == 0 && tip() == chunk.start) {
    // Filled in the last generation, after the inventory for this one: nothing has to be sent.
    role_ = copy_role::required;
    effects.emplace_back(say_filled{chunk.start});
    machine_.go(copy_event::fill, copy_state::holds);
    return;
  }
  const bool not_needed = state() == copy_state::holds || state() == copy_state::storing;
  if (not_needed && chunk.index > 0) {
    machine_.go(copy_event::fill, state());
    return;
  }
  if (state() != copy_state::filling) {
    begin_fill(chunk, effects);
  }
  base::check(chunk.index == fill_next_,
              "chunks of a fill come in order, or their channel is gone");
  ++fill_next_;
  effects.emplace_back(store_fill{chunk.bytes});
  if (!chunk.end) {
    machine_.go(copy_event::fill, copy_state::filling);
    return;
  }
  seal_ = chunk.end;
  seal_ordered_ = false;
  machine_.go(copy_event::fill, copy_state::sealing);
  seal_when_stored(effects);
}

/// What is here does not hold what is complete: it is worth nothing beside a fill.
void copy::begin_fill(const fill_chunk& first, copy_effects& effects) {
  base::check(role_ == copy_role::unlisted, "a required copy is not filled");
  effects.emplace_back(empty_copy{});
  versions_ = {first.start};
  fill_next_ = 0;
  seal_.reset();
  machine_.go(copy_event::fill, copy_state::filling);
}

/// The values of a fill are of versions up to its end: below that it is no state at all. So the
/// deltas up to there are folded with the seal.
void copy::seal_when_stored(copy_effects& effects) {
  if (state() != copy_state::sealing || seal_ordered_ ||
      find(versions_, seal_->attempt) == versions_.end()) {
    return;
  }
  seal_ordered_ = true;
  effects.emplace_back(seal_fill{.base = *seal_, .by = generation_});
}

void copy::sealed(generation by, copy_effects& effects) {
  if (!machine_.expects(copy_event::sealed)) {
    return;
  }
  if (by != generation_) {
    // The seal of an earlier fill, which was given up; ours is behind it in the writer's queue.
    machine_.go(copy_event::sealed, state());
    return;
  }
  versions_.erase(versions_.begin(), find(versions_, seal_->attempt));
  role_ = copy_role::required;
  machine_.go(copy_event::sealed, waiting_.empty() ? copy_state::holds : copy_state::storing);
  effects.emplace_back(say_filled{versions_.back()});
  fold_what_is_complete(effects);
}

}  // namespace aisle::checkpoint
