// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/scratch_state.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

namespace aisle::entity {
namespace {

/// Records read or written between two times that the mapped memory is let go: each may bring up to
/// 64 KiB into view, so that a shard sees at most 32 MiB of its file.
constexpr std::size_t touches_in_view = 512;
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

scratch_state::scratch_state(std::unique_ptr<base::scratch_file> file) : file_{std::move(file)} {}

const scratch_state::record& scratch_state::at(std::uint64_t position) const {
  return *reinterpret_cast<const record*>(file_->data() + position);
}

kept_state scratch_state::checked(std::uint64_t position) const {
  const auto& kept = at(position);
  base::check(kept.sum == kept.sum_now(), "a sleeping actor's state is as it was written");
  return {.key_hash = kept.key_hash, .key = kept.key(), .bytes = kept.bytes()};
}

std::size_t scratch_state::find(std::uint64_t key_hash, std::string_view key) const {
  return index_.find(key_hash, [&](std::uint64_t what) { return at(what - 1).key() == key; });
}

std::expected<void, std::string> scratch_state::put(std::uint64_t key_hash, std::string_view key,
                                                    std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max() / 2) {
    return std::unexpected{"an actor's state is larger than 2 GiB"};
  }
  const auto size = record::room(key.size(), bytes.size());
  const auto position = room_for(size);
  if (!position) {
    return std::unexpected{position.error()};
  }
  auto& made = *::new (file_->data() + *position)
                   record{.key_hash = key_hash,
                          .sum = 0,
                          .key_size = static_cast<std::uint32_t>(key.size()),
                          .bytes_size = static_cast<std::uint32_t>(bytes.size())};
  auto* const behind = reinterpret_cast<char*>(&made + 1);
  std::ranges::copy(key, behind);
  std::ranges::copy(bytes, behind + key.size());
  made.sum = made.sum_now();
  if (const auto before = find(key_hash, key); before != hash_places::nowhere) {
    drop(std::exchange(index_[before].what, *position + 1) - 1);
  } else {
    index_.reserve_one();
    index_.insert(key_hash, *position + 1);
  }
  segments_[*position / segment_bytes].live += static_cast<std::uint32_t>(size);
  live_ += size;
  let_go_now_and_then();
  compact();
  return {};
}

std::optional<std::string_view> scratch_state::get(std::uint64_t key_hash,
                                                   std::string_view key) const {
  const auto found = find(key_hash, key);
  if (found == hash_places::nowhere) {
    return std::nullopt;
  }
  let_go_now_and_then();
  return checked(index_[found].what - 1).bytes;
}

void scratch_state::erase(std::uint64_t key_hash, std::string_view key) {
  if (const auto found = find(key_hash, key); found != hash_places::nowhere) {
    const auto position = index_[found].what - 1;
    index_.erase(found);
    drop(position);
  }
}

void scratch_state::each_of(std::uint64_t key_hash, const visitor& visit) const {
  const auto wanted = [&](std::uint64_t what) { return !visit(checked(what - 1)); };
  static_cast<void>(index_.find(key_hash, wanted));
}

std::uint64_t scratch_state::each(std::uint64_t cursor, const visitor& visit) const {
  for (auto i = cursor; i < index_.capacity(); ++i) {
    if (index_[i].what == 0) {
      continue;
    }
    let_go_now_and_then();
    if (!visit(checked(index_[i].what - 1))) {
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

void scratch_state::drop(std::uint64_t position) {
  const auto size = at(position).room();
  const auto of = static_cast<std::size_t>(position / segment_bytes);
  segments_[of].live -= static_cast<std::uint32_t>(size);
  live_ -= size;
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
  const auto end = begin + segments_[worst].used;
  for (auto from = begin; from < end;) {
    const auto& old = at(from);
    const auto size = old.room();
    const auto kept =
        index_.find(old.key_hash, [&](std::uint64_t what) { return what == from + 1; });
    if (kept != hash_places::nowhere) {
      const auto to = room_for(size);
      if (!to) {
        return;  // Nothing is lost: what was not moved stays where it is.
      }
      std::copy_n(file_->data() + from, size, file_->data() + *to);
      index_[kept].what = *to + 1;
      segments_[*to / segment_bytes].live += static_cast<std::uint32_t>(size);
      segments_[worst].live -= static_cast<std::uint32_t>(size);
    }
    from += size;
  }
  free_segments(worst);
}

void scratch_state::let_go_now_and_then() const {
  if (++touched_ % touches_in_view == 0) {
    file_->let_go(0, segments_.size() * segment_bytes);
  }
}

}  // namespace aisle::entity
