// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/window/window.hpp"
#include "tests/support/torture.hpp"

template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static doctest::String convert(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) {
      all += "\n    " + line;
    }
    return all.c_str();
  }
};

namespace aisle::tests {

using base::decimal;
using base::value;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Two streams: 0 has all fields, 1 has only `i`, at another place.
inline const std::vector<expr::scope>& streams() {
  using base::kind;
  static const std::vector<expr::scope> scopes{
      expr::scope{{{"i", {0, 0, {kind::integer}}},
                   {"d", {0, 1, {kind::decimal, 2}}},
                   {"x", {0, 2, {kind::number}}},
                   {"s", {0, 3, {kind::string}}},
                   {"b", {0, 4, {kind::boolean}}},
                   {"t", {0, 5, {kind::timestamp}}},
                   {"span", {0, 6, {kind::duration}}},
                   {"both", {0, 0, {kind::integer}}}}},
      expr::scope{{{"i", {0, 1, {kind::integer}}}, {"both", {0, 2, {kind::number}}}}}};
  return scopes;
}

/// `quantile(x, 0.95)`, compiled for the streams that have its names.
inline window::aggregate aggregated(std::string name, std::string_view text) {
  const auto parsed = window::parse_aggregate(text);
  REQUIRE(parsed);
  window::aggregate a{std::move(name), parsed->function, {}, parsed->q};
  if (!parsed->of.empty()) {
    a.of.emplace();
    for (const auto& scope : streams()) {
      auto program = expr::compile(parsed->of, scope);
      a.of->by_stream.push_back(program ? std::optional{std::move(*program)} : std::nullopt);
    }
  }
  return a;
}

struct kept {
  std::string name;
  std::string text;
};

inline std::vector<window::aggregate> aggregates(const std::vector<kept>& all) {
  std::vector<window::aggregate> made;
  for (const auto& [name, text] : all) {
    made.push_back(aggregated(name, text));
  }
  return made;
}

inline std::unique_ptr<const entity::behaviour> tumbling(base::duration size,
                                                         base::duration lateness,
                                                         const std::vector<kept>& keep) {
  return window::make_window(
      {"w", window::kind::tumbling, size, base::duration{0}, lateness, aggregates(keep)});
}

inline std::unique_ptr<const entity::behaviour> sliding(base::duration size, base::duration slide,
                                                        base::duration lateness,
                                                        const std::vector<kept>& keep) {
  return window::make_window({"w", window::kind::sliding, size, slide, lateness, aggregates(keep)});
}

/// 2011-01-18, `hh:mm` or `hh:mm:ss`.
inline base::event_time at(std::string_view clock) {
  const auto text = "2011-01-18T" + std::string{clock} + (clock.size() == 5 ? ":00Z" : "Z");
  return *base::parse_rfc3339(text);
}

/// An event of stream 0 with `i` alone.
inline std::vector<value> of(std::int64_t i) { return {value::of(i)}; }

/// What support::play says, without the day and the window's name:
/// `09:05 [09:00, 09:05) 0 final {"n":2}`
inline std::vector<std::string> played(const entity::behaviour& b, const support::script& life) {
  auto lines = support::play(b, life);
  for (auto& line : lines) {
    for (const std::string_view noise : {"2011-01-18T", ":00.000Z", ".000Z", "window w "}) {
      for (auto found = line.find(noise); found != std::string::npos; found = line.find(noise)) {
        line.erase(found, noise.size());
      }
    }
  }
  return lines;
}

/// Every function on every type it takes, so that all accumulators are in.
inline const std::vector<kept>& everything() {
  static const std::vector<kept> all{
      {"rows", "count()"},     {"some", "count(i)"},        {"sum_i", "sum(i)"},
      {"sum_d", "sum(d)"},     {"sum_x", "sum(x)"},         {"mean_i", "mean(i)"},
      {"mean_d", "mean(d)"},   {"mean_x", "mean(x)"},       {"min_i", "min(i)"},
      {"min_x", "min(x)"},     {"max_d", "max(d)"},         {"min_s", "min(s)"},
      {"max_s", "max(s)"},     {"dev_i", "stddev(i)"},      {"dev_d", "stddev(d)"},
      {"dev_x", "stddev(x)"},  {"p10", "quantile(x, 0.1)"}, {"p95", "quantile(d, 0.95)"},
      {"first_i", "first(i)"}, {"first_s", "first(s)"},     {"last_x", "last(x)"},
      {"last_s", "last(s)"}};
  return all;
}

}  // namespace aisle::tests
