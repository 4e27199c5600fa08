// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/scratch_state.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

namespace aisle::entity {
namespace {

/// Records are written together, so many bytes at a time.
constexpr std::size_t written_at_once = 16 << 10;
constexpr std::size_t state_bytes_max = std::size_t{1} << 30;
/// Free segments that are not given back to the disk, besides a quarter of all.
constexpr std::size_t free_segments_kept = 8;

}  // namespace

/// Head of a record; key and bytes follow it, and room up to the next multiple of eight.
struct scratch_state::record {
  std::uint64_t key_hash;
  std::uint64_t sum;
  std::uint32_t key_size;
  std::uint32_t bytes_size;

  static std::size_t room(std::size_t key, std::size_t bytes) {
    return (sizeof(record) + key + bytes + 7) / 8 * 8;
  }
  [[nodiscard]] std::size_t room() const { return room(key_size, bytes_size); }
  [[nodiscard]] const char* behind() const { return reinterpret_cast<const char*>(this + 1); }
  [[nodiscard]] std::string_view key() const { return {behind(), key_size}; }
  [[nodiscard]] std::string_view bytes() const { return {behind() + key_size, bytes_size}; }
  [[nodiscard]] std::uint64_t sum_now() const {
    return base::hash64({behind(), std::size_t{key_size} + bytes_size}) ^ key_hash;
  }
};

scratch_state::scratch_state(std::unique_ptr<base::scratch_file> file) : file_{std::move(file)} {
  base::check(file_->bytes_max() >> position_bits <= 8, "a scratch file of 256 GiB at most");
}

const scratch_state::record& scratch_state::at(place where) const {
  if (where.position >= tail_at_ && where.position < tail_at_ + tail_.size()) {
    return *reinterpret_cast<const record*>(tail_.data() + (where.position - tail_at_));
  }
  if (read_of_.room == 0 || read_of_.position != where.position) {
    file_->read(where.position, where.room, read_);
    read_of_ = where;
  }
  return *reinterpret_cast<const record*>(read_.data());
}

kept_state scratch_state::checked(place where) const {
  const auto& kept = at(where);
  base::check(kept.room() == where.room && kept.sum == kept.sum_now(),
              "a sleeping actor's state is as it was written");
  return {.key_hash = kept.key_hash, .key = kept.key(), .bytes = kept.bytes()};
}

std::size_t scratch_state::find(std::uint64_t key_hash, std::string_view key) const {
  return index_.find(key_hash,
                     [&](std::uint64_t what) { return at(place::of(what)).key() == key; });
}

std::expected<void, std::string> scratch_state::put(std::uint64_t key_hash, std::string_view key,
                                                    std::string_view bytes) {
  if (key.size() + bytes.size() > state_bytes_max) {
    return std::unexpected{"an actor's state is larger than 1 GiB"};
  }
  const auto size = record::room(key.size(), bytes.size());
  const auto position = room_for(size);
  if (!position) {
    return std::unexpected{position.error()};
  }
  const place made{*position, size};
  if (const auto before = find(key_hash, key); before != hash_places::nowhere) {
    drop(place::of(std::exchange(index_[before].what, made.packed())));
  } else {
    index_.reserve_one();
    index_.insert(key_hash, made.packed());
  }
  scratch_.assign(size, '\0');
  auto& head =
      *::new (scratch_.data()) record{.key_hash = key_hash,
                                      .sum = 0,
                                      .key_size = static_cast<std::uint32_t>(key.size()),
                                      .bytes_size = static_cast<std::uint32_t>(bytes.size())};
  std::ranges::copy(key, scratch_.data() + sizeof head);
  std::ranges::copy(bytes, scratch_.data() + sizeof head + key.size());
  head.sum = head.sum_now();
  write(*position, scratch_);
  segments_[*position / segment_bytes].live += static_cast<std::uint32_t>(size);
  live_ += size;
  compact();
  return {};
}

std::optional<std::string_view> scratch_state::get(std::uint64_t key_hash,
                                                   std::string_view key) const {
  const auto found = find(key_hash, key);
  if (found == hash_places::nowhere) {
    return std::nullopt;
  }
  return checked(place::of(index_[found].what)).bytes;
}

void scratch_state::erase(std::uint64_t key_hash, std::string_view key) {
  if (const auto found = find(key_hash, key); found != hash_places::nowhere) {
    const auto where = place::of(index_[found].what);
    index_.erase(found);
    drop(where);
  }
}

void scratch_state::each_of(std::uint64_t key_hash, const visitor& visit) const {
  const auto wanted = [&](std::uint64_t what) { return !visit(checked(place::of(what))); };
  static_cast<void>(index_.find(key_hash, wanted));
}

std::uint64_t scratch_state::each(std::uint64_t cursor, const visitor& visit) const {
  for (auto i = cursor; i < index_.capacity(); ++i) {
    if (index_[i].what == 0) {
      continue;
    }
    if (!visit(checked(place::of(index_[i].what)))) {
      return i + 1 < index_.capacity() ? i + 1 : 0;
    }
  }
  return 0;
}

std::expected<std::uint64_t, std::string> scratch_state::room_for(std::size_t bytes) {
  const auto span = (bytes + segment_bytes - 1) / segment_bytes;
  if (span > 1) {
    const auto own = take_segments(span);
    if (!own) {
      return std::unexpected{own.error()};
    }
    // Its live bytes are counted in 32 bits, as those of any segment.
    segments_[*own].used = static_cast<std::uint32_t>(bytes);
    used_ += bytes;
    return *own * segment_bytes;
  }
  if (open_ == hash_places::nowhere || segments_[open_].used + bytes > segment_bytes) {
    const auto next = take_segments(1);
    if (!next) {
      return std::unexpected{next.error()};
    }
    write_tail();
    const auto full = std::exchange(open_, *next);
    if (full != hash_places::nowhere && segments_[full].live == 0) {
      free_segments(full);
    }
  }
  const auto position = open_ * segment_bytes + segments_[open_].used;
  segments_[open_].used += static_cast<std::uint32_t>(bytes);
  used_ += bytes;
  return position;
}

std::expected<std::size_t, std::string> scratch_state::take_segments(std::size_t span) {
  const auto run = free_run(span);
  const auto first = run < free_.size() ? free_[run] : segments_.size();
  const bool is_new = first == segments_.size();
  const auto in_run = std::span{segments_}.subspan(first, is_new ? 0 : span);
  const auto holes = std::ranges::count(in_run, true, &segment::hole);
  if (is_new || holes > 0) {
    if (const auto taken = file_->take(first * segment_bytes, span * segment_bytes); !taken) {
      return std::unexpected{taken.error()};
    }
  }
  if (!is_new) {
    holes_ -= static_cast<std::size_t>(holes);
    std::ranges::fill(in_run, segment{});
    const auto begin = free_.begin() + static_cast<std::ptrdiff_t>(run);
    free_.erase(begin, begin + static_cast<std::ptrdiff_t>(span));
  } else {
    segments_.resize(first + span);
  }
  segments_[first] = {.used = 0, .live = 0, .span = static_cast<std::uint32_t>(span)};
  return first;
}

std::size_t scratch_state::free_run(std::size_t span) {
  if (span == 1) {
    return free_.empty() ? 0 : free_.size() - 1;
  }
  std::ranges::sort(free_);
  for (std::size_t i = 0; i + span <= free_.size(); ++i) {
    if (free_[i + span - 1] == free_[i] + span - 1) {
      return i;
    }
  }
  return free_.size();
}

void scratch_state::drop(place where) {
  const auto of = static_cast<std::size_t>(where.position / segment_bytes);
  segments_[of].live -= static_cast<std::uint32_t>(where.room);
  live_ -= where.room;
  if (segments_[of].live == 0 && of != open_) {
    free_segments(of);
  }
}

void scratch_state::free_segments(std::size_t first) {
  const auto span = segments_[first].span;
  used_ -= segments_[first].used;
  const bool too_many = free_.size() - holes_ >= free_segments_kept + segments_.size() / 4;
  if (too_many) {
    file_->give_back(first * segment_bytes, span * segment_bytes);
    holes_ += span;
  }
  for (auto i = first; i < first + span; ++i) {
    segments_[i] = {.used = 0, .live = 0, .span = 0, .hole = too_many};
    too_many ? void(free_.insert(free_.begin(), i)) : free_.push_back(i);
  }
}

void scratch_state::compact() {
  if (used_ - live_ <= live_ + segment_bytes) {
    return;
  }
  auto worst = hash_places::nowhere;
  double least = 1.0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const auto& one = segments_[i];
    if (i != open_ && one.span == 1 && one.live < least * one.used) {
      worst = i;
      least = static_cast<double>(one.live) / one.used;
    }
  }
  if (worst == hash_places::nowhere) {
    return;
  }
  const auto begin = worst * segment_bytes;
  std::string all;
  file_->read(begin, segments_[worst].used, all);
  for (std::size_t from = 0; from < all.size();) {
    const auto& old = *reinterpret_cast<const record*>(all.data() + from);
    const auto size = old.room();
    const auto was = place{begin + from, size}.packed();
    const auto kept = index_.find(old.key_hash, [&](std::uint64_t what) { return what == was; });
    if (kept != hash_places::nowhere) {
      const auto to = room_for(size);
      if (!to) {
        return;  // Nothing is lost: what was not moved stays where it is.
      }
      write(*to, std::string_view{all}.substr(from, size));
      index_[kept].what = place{*to, size}.packed();
      segments_[*to / segment_bytes].live += static_cast<std::uint32_t>(size);
      segments_[worst].live -= static_cast<std::uint32_t>(size);
    }
    from += size;
  }
  free_segments(worst);
}

void scratch_state::write(std::uint64_t position, std::string_view bytes) {
  read_of_ = {};
  if (position != tail_at_ + tail_.size()) {
    write_tail();
    tail_at_ = position;
  }
  tail_ += bytes;
  if (tail_.size() >= written_at_once) {
    write_tail();
  }
}

void scratch_state::write_tail() {
  file_->write(tail_at_, tail_);
  tail_at_ += tail_.size();
  tail_.clear();
  if (tail_.capacity() > 4 * written_at_once) {
    tail_.shrink_to_fit();
  }
}

}  // namespace aisle::entity
