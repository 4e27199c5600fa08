// SPDX-License-Identifier: Apache-2.0
// Random streams against windows that keep all their events and compute every record from scratch.
#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/window/ddsketch.hpp"
#include "tests/window/windows.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::int128;
using base::value;
using tests::at;

struct times {
  base::duration size;
  base::duration slide;
  base::duration lateness;
};

/// An event's fields; doubles are eighths, so that 128-bit arithmetic is exact on them too.
struct fields {
  std::optional<std::int64_t> i;
  std::optional<std::int64_t> d;
  std::optional<std::int64_t> x;
  std::optional<std::string> s;
};

std::vector<value> row_of(const fields& f) {
  const auto or_null = [](const auto& field, const auto& make) {
    return field ? make(*field) : value{};
  };
  return {or_null(f.i, [](std::int64_t n) { return value::of(n); }),
          or_null(f.d, [](std::int64_t n) { return value::of(decimal{n, 2}); }),
          or_null(f.x, [](std::int64_t n) { return value::of(static_cast<double>(n) / 8); }),
          or_null(f.s, [](const std::string& s) { return value::of(std::string_view{s}); })};
}

/// The values of a record, from all events of the window in the order they came.
class scratch {
 public:
  explicit scratch(const std::vector<fields>& events) : events_{events} {}

  std::string json() {
    member("rows", value::of(static_cast<std::int64_t>(events_.size())));
    member("some", value::of(static_cast<std::int64_t>(all(&fields::i).size())));
    member("sum_i", sum(&fields::i, [](std::int64_t n) { return value::of(n); }));
    member("sum_d", sum(&fields::d, [](std::int64_t n) { return value::of(decimal{n, 2}); }));
    member("sum_x", sum(&fields::x, eighths));
    member("mean_i", mean(&fields::i, 1));
    member("mean_d", mean(&fields::d, 100));
    member("mean_x", mean(&fields::x, 8));
    member("min_i", extreme(&fields::i, -1, [](std::int64_t n) { return value::of(n); }));
    member("min_x", extreme(&fields::x, -1, eighths));
    member("max_d",
           extreme(&fields::d, 1, [](std::int64_t n) { return value::of(decimal{n, 2}); }));
    member("min_s", extreme(&fields::s, -1, text));
    member("max_s", extreme(&fields::s, 1, text));
    member("dev_i", deviation(&fields::i, 1));
    member("dev_d", deviation(&fields::d, 100));
    member("dev_x", deviation(&fields::x, 8));
    member("p10", quantile(&fields::x, 8, 0.1));
    member("p95", quantile(&fields::d, 100, 0.95));
    member("first_i", edge(&fields::i, 0, [](std::int64_t n) { return value::of(n); }));
    member("first_s", edge(&fields::s, 0, text));
    member("last_x", edge(&fields::x, 1, eighths));
    member("last_s", edge(&fields::s, 1, text));
    return json_ + '}';
  }

 private:
  static value eighths(std::int64_t n) { return value::of(static_cast<double>(n) / 8); }
  static value text(const std::string& s) { return value::of(std::string_view{s}); }

  void member(const std::string& name, const value& v) {
    json_ += (json_.size() > 1 ? ",\"" : "\"") + name + "\":";
    base::append_json(json_, v);
  }
  template <class Field>
  std::vector<Field> all(std::optional<Field> fields::* field) const {
    std::vector<Field> found;
    for (const auto& e : events_) {
      if (e.*field) {
        found.push_back(*(e.*field));
      }
    }
    return found;
  }
  template <class Make>
  value sum(std::optional<std::int64_t> fields::* field, const Make& make) const {
    const auto numbers = all(field);
    std::int64_t total = 0;
    for (const auto n : numbers) {
      total += n;
    }
    return numbers.empty() ? value{} : make(total);
  }
  value mean(std::optional<std::int64_t> fields::* field, int unit) const {
    const auto numbers = all(field);
    double total = 0;
    for (const auto n : numbers) {
      total += static_cast<double>(n);  // far below 2^53: exact
    }
    const auto count = static_cast<double>(numbers.size());
    const bool is_eighths = unit == 8;
    return numbers.empty() ? value{}
           : is_eighths    ? value::of(total / 8 / count)
                           : value::of(total / (count * unit));
  }
  template <class Field, class Make>
  value extreme(std::optional<Field> fields::* field, int sign, const Make& make) {
    auto found = all(field);
    if (found.empty()) {
      return {};
    }
    std::ranges::sort(found);
    return hold(sign < 0 ? found.front() : found.back(), make);
  }
  template <class Field, class Make>
  value edge(std::optional<Field> fields::* field, int last, const Make& make) {
    const auto found = all(field);
    return found.empty() ? value{} : hold(last != 0 ? found.back() : found.front(), make);
  }
  template <class Make>
  value hold(const std::string& s, const Make& make) {
    return make(held_.emplace_back(s));
  }
  template <class Make>
  value hold(std::int64_t n, const Make& make) {
    return make(n);
  }
  value deviation(std::optional<std::int64_t> fields::* field, int unit) const {
    const auto numbers = all(field);
    int128 s = 0;
    int128 q = 0;
    for (const auto n : numbers) {
      s += n;
      q += int128{n} * n;
    }
    const auto n = static_cast<std::int64_t>(numbers.size());
    if (n < 2) {
      return {};
    }
    // Rounded where the window rounds: the exact numerator, the quotient, the root, the unit.
    // Powers of two (numbers are eighths, the numerator may be scaled) round nowhere.
    auto numerator = static_cast<double>(n * q - s * s);
    int exponent = 0;
    numerator = numerator == 0 ? 0 : std::frexp(numerator, &exponent) * 2;
    --exponent;
    if (exponent % 2 != 0) {
      numerator *= 2;
      --exponent;
    }
    const auto divisor = static_cast<double>(n) * static_cast<double>(n - 1);
    return value::of(std::ldexp(std::sqrt(numerator / divisor), exponent / 2) / unit);
  }
  value quantile(std::optional<std::int64_t> fields::* field, int unit, double q) const {
    window::ddsketch sketch;
    for (const auto n : all(field)) {
      const double number = static_cast<double>(n) / unit;
      sketch.reserve(number);
      sketch.add(number);
    }
    const auto found = sketch.quantile(q);
    return found ? value::of(*found) : value{};
  }

  const std::vector<fields>& events_;
  std::list<std::string> held_;
  std::string json_ = "{";
};

/// What the README says of windows, with no thought of cost.
class naive_windows {
 public:
  explicit naive_windows(times t) : t_{t} {}

  void event(base::event_time at, base::event_time seen, const fields& f) {
    const auto last = base::floor_to(at, t_.slide);
    if (last + t_.size + t_.lateness <= seen) {
      lines_.push_back(base::to_rfc3339(seen) + " late for member 0");
      return;
    }
    for (auto start = base::floor_to(at - t_.size, t_.slide) + t_.slide; start <= last;
         start += t_.slide) {
      if (start + t_.size + t_.lateness > seen) {
        add(start, seen, f);
      }
    }
  }

  void fire_until(base::event_time time) {
    for (;;) {
      const auto next = std::ranges::min_element(
          windows_, {}, [&](const auto& entry) { return due(entry.first, entry.second); });
      if (next == windows_.end() || due(next->first, next->second) > time) {
        return;
      }
      auto& [start, w] = *next;
      const auto now = due(start, w);
      const bool final = w.told || t_.lateness == base::duration{0};
      tell(start, w, final, now);
      w.told = true;
      if (final) {
        windows_.erase(next);
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  struct one {
    std::vector<fields> events;
    bool told = false;
    std::uint32_t revision = 0;
  };

  [[nodiscard]] base::event_time due(base::event_time start, const one& w) const {
    return start + t_.size + (w.told ? t_.lateness : base::duration{0});
  }
  void add(base::event_time start, base::event_time seen, const fields& f) {
    auto& w = windows_[start];
    w.events.push_back(f);
    if (w.told) {
      ++w.revision;
      tell(start, w, false, seen);
    } else if (w.events.size() == 1 && start + t_.size <= seen) {
      w.told = true;
      tell(start, w, false, seen);
    }
  }
  void tell(base::event_time start, const one& w, bool final, base::event_time now) {
    lines_.push_back(base::to_rfc3339(now) + " window w [" + base::to_rfc3339(start) + ", " +
                     base::to_rfc3339(start + t_.size) + ") " + std::to_string(w.revision) +
                     (final ? " final " : " ") + scratch{w.events}.json());
  }

  times t_;
  std::map<base::event_time, one> windows_;
  std::vector<std::string> lines_;
};

/// A stream of two partitions, with events out of order and beyond the disorder the watermark
/// allows.
class stream {
 public:
  explicit stream(std::uint64_t seed) : random_{seed} {}

  struct item {
    base::event_time at;
    base::event_time seen;
    fields f;
  };

  std::vector<item> items(std::size_t count, base::duration step, base::duration disorder,
                          bool by_seen) {
    std::array<base::event_time, 2> clock{at("00:00"), at("00:00")};
    std::array<base::event_time, 2> watermark{base::beginning_of_time, base::beginning_of_time};
    std::vector<item> all;
    while (all.size() < count) {
      const auto p = below(2);
      clock[p] += base::duration{below(static_cast<std::uint64_t>(2 * step.count()))};
      if (one_in(100)) {
        clock[p] += 40 * step;
      }
      const auto back = one_in(12) ? 6 * disorder : disorder;
      const auto at =
          clock[p] - base::duration{below(static_cast<std::uint64_t>(back.count()) + 1)};
      all.push_back({at, std::max(at, watermark[p]), some_fields()});
      watermark[p] = std::max(watermark[p], at - disorder);
    }
    if (by_seen) {
      std::ranges::stable_sort(all, {}, &item::seen);
    }
    return all;
  }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::optional<std::int64_t> number() {
    return one_in(6) ? std::nullopt
                     : std::optional{static_cast<std::int64_t>(below(20'001)) - 10'000};
  }
  fields some_fields() {
    constexpr std::array words{"north", "south",
                               "east",  "a word longer than a small string holds",
                               "west",  "a word longer than a small string holds, too"};
    fields f{number(), number(), number(), words[below(words.size())]};
    if (one_in(6)) {
      f.s.reset();
    }
    return f;
  }

  std::mt19937_64 random_;
};

std::unique_ptr<const entity::behaviour> made(const times& t) {
  return t.size == t.slide ? tests::tumbling(t.size, t.lateness, tests::everything())
                           : tests::sliding(t.size, t.slide, t.lateness, tests::everything());
}

using namespace std::chrono_literals;
const std::vector<times> shapes{{5min, 5min, 0ms},  {5min, 5min, 2min},  {5min, 5min, 30min},
                                {15min, 5min, 0ms}, {15min, 5min, 4min}, {10min, 4min, 7min},
                                {60min, 2min, 0ms}, {60min, 2min, 9min}, {60min, 1min, 1h},
                                {7min, 7min, 7min}, {1h, 7min, 3min}};

TEST_CASE("in order of event time, windows are what computing from scratch says") {
  std::size_t records = 0;
  for (std::uint64_t seed = 1; seed <= 88; ++seed) {
    const auto& t = shapes[seed % shapes.size()];
    CAPTURE(seed);
    stream source{seed};
    naive_windows wanted{t};
    support::script life;
    for (const auto& [at, seen, f] : source.items(300, 40s, 90s, true)) {
      wanted.fire_until(seen);
      wanted.event(at, seen, f);
      life.event(at, row_of(f), {.seen = seen});
    }
    wanted.fire_until(base::end_of_time - 1ms);
    const auto got = support::play(*made(t), life);
    REQUIRE(got.size() == wanted.lines().size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      REQUIRE(got[i] == wanted.lines()[i]);
    }
    records += got.size();
  }
  CHECK(records > 8'000);
}

TEST_CASE("in order of arrival, too, whenever the watermark comes") {
  for (std::uint64_t seed = 1; seed <= 88; ++seed) {
    const auto& t = shapes[seed % shapes.size()];
    CAPTURE(seed);
    stream source{seed};
    const auto items = source.items(300, 40s, 90s, false);
    // Nothing seen later is seen before this: as far as a merged watermark may be.
    std::vector<base::event_time> passed(items.size(), items.back().seen);
    for (auto i = items.size() - 1; i-- > 0;) {
      passed[i] = std::min(passed[i + 1], items[i + 1].seen);
    }
    naive_windows wanted{t};
    support::script life;
    life.in_arrival_order();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto& [at, seen, f] = items[i];
      wanted.event(at, seen, f);
      life.event(at, row_of(f), {.seen = seen});
      if (source.one_in(7)) {
        wanted.fire_until(passed[i]);
        life.advance(passed[i]);
      }
    }
    wanted.fire_until(base::end_of_time - 1ms);
    REQUIRE(support::play(*made(t), life) == wanted.lines());
  }
}

}  // namespace
