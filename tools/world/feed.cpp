// SPDX-License-Identifier: Apache-2.0
#include "tools/world/feed.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aisle::world {
namespace {

// A straggler is at least three times as late as the disorder allows, at most half a day.
constexpr double straggler_least = 3.0;
constexpr double straggler_most_ms = 12.0 * 3'600'000.0;

std::uint64_t key_of(std::string_view name) {
  std::uint64_t key = 0;
  for (const auto letter : name) {
    key = key * 257 + static_cast<unsigned char>(letter);
  }
  return key;
}

}  // namespace

feed::feed(const world_options& options, const feed_habits& habits,
           std::unique_ptr<topic_writer> to)
    : seed_(options.seed),
      bursts_(options.bad_days.bursts),
      faults_(options.faults),
      habits_(habits),
      to_(std::move(to)),
      random_(options.seed, purpose::uploads, key_of(habits.topic)) {}

void feed::send(instant happened, std::string_view key, std::string_view line) {
  const auto at = random_.unit();
  const auto late = at < faults_.stragglers;
  const auto arrives = happened + (late ? straggler_delay() : usual_delay());
  put(arrives, key, line);
  ++counts_.records;
  counts_.stragglers += late ? 1U : 0U;
  if (late) {
    return;
  }
  if (at < faults_.stragglers + faults_.duplicates) {
    repeat(happened, arrives, key, line);
  } else if (at < faults_.stragglers + faults_.duplicates + faults_.bad_records) {
    const auto delay = usual_delay();
    put(happened + delay, key, garbled(random_, line, habits_.ways));
    ++counts_.bad;
  }
}

/// The sender missed the answer and sends again, while the first copy may still be waited for.
void feed::repeat(instant happened, instant arrived, std::string_view key, std::string_view line) {
  const auto latest = happened + habits_.disorder;
  const auto room = static_cast<double>((latest - arrived).count());
  const auto wait = milliseconds{static_cast<std::int64_t>(room * random_.unit())};
  put(arrived + wait, key, line);
  ++counts_.duplicates;
}

milliseconds feed::usual_delay() {
  const auto drawn = random_.exponential(static_cast<double>(habits_.usual_delay.count()));
  return std::min(milliseconds{std::llround(drawn)}, habits_.disorder);
}

milliseconds feed::straggler_delay() {
  const auto least = straggler_least * static_cast<double>(habits_.disorder.count());
  return milliseconds{std::llround(random_.log_uniform(least, straggler_most_ms))};
}

void feed::put(instant arrives, std::string_view key, std::string_view line) {
  on_the_way_.push_back({held_back(arrives), arrives, text_.size(), key.size(), line.size()});
  text_ += key;
  text_ += line;
}

/// In an hour with a burst the line is down, and all that waited comes in its last second.
instant feed::held_back(instant arrives) const {
  const auto hour = std::chrono::floor<std::chrono::hours>(arrives);
  const auto number = static_cast<std::uint64_t>(hour.time_since_epoch().count());
  random_stream random(seed_, purpose::bursts, key_of(habits_.topic), number);
  if (bursts_ == 0.0 || !random.chance(bursts_)) {
    return arrives;
  }
  return hour + std::chrono::minutes{60} - std::chrono::seconds{1} + (arrives - hour) / 3600;
}

void feed::write_until(instant until) {
  std::ranges::stable_sort(on_the_way_, [](const travelling& a, const travelling& b) {
    return std::pair{a.arrives, a.sent} < std::pair{b.arrives, b.sent};
  });
  const auto later = std::ranges::lower_bound(on_the_way_, until, {}, &travelling::arrives);
  const std::string_view all{text_};
  std::for_each(on_the_way_.begin(), later, [&](const travelling& each) {
    to_->write({.arrives = each.arrives,
                .key = all.substr(each.begin, each.key_size),
                .line = all.substr(each.begin + each.key_size, each.line_size)});
    ++counts_.lines;
    counts_.bytes += each.line_size + 1;
  });
  on_the_way_.erase(on_the_way_.begin(), later);
  kept_text_.clear();
  for (auto& each : on_the_way_) {
    const auto begin = kept_text_.size();
    kept_text_ += all.substr(each.begin, each.key_size + each.line_size);
    each.begin = begin;
  }
  std::swap(text_, kept_text_);
}

std::expected<void, world_error> feed::finish() {
  write_until(instant::max());
  return to_->finish();
}

}  // namespace aisle::world
