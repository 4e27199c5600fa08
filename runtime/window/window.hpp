// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/base/value.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/entity/catalog.hpp"
#include "runtime/expr/program.hpp"

namespace aisle::window {

enum class kind : std::uint8_t {
  /// One window ends where the next begins: [n·size, (n+1)·size) of UTC.
  tumbling,
  /// A window of `size` ends every `slide`: [n·slide, n·slide + size).
  sliding,
};

/// What a window keeps of its events. README.md has the table of types and of what nulls do.
enum class function : std::uint8_t { count, sum, mean, min, max, stddev, quantile, first, last };
[[nodiscard]] std::string_view to_text(function f);

/// One value of a window's record.
struct aggregate {
  /// Its name in `values`.
  std::string name;
  window::function function = window::function::count;
  /// What is aggregated, compiled for every stream that has its names; none only for count(), which
  /// counts events. Streams it is compiled for must agree on its type.
  std::optional<entity::event_expression> of;
  /// Of quantile: 0 the smallest value, 1 the largest.
  double q = 0.5;
};

/// A window, ready to be checked and made. An event counts when its stream feeds one of the
/// aggregates; when no aggregate has an expression, when it comes by any stream of the stage.
struct spec {
  /// `window` of its records.
  std::string name;
  window::kind kind = window::kind::tumbling;
  base::duration size{0};
  /// Of sliding windows; tumbling ones have none (0).
  base::duration slide{0};
  /// How long after its end, by `seen`, a window still takes events.
  base::duration lateness{0};
  std::vector<aggregate> aggregates;
};

/// The longest window, and the longest lateness: 400 days.
inline constexpr base::duration span_max{400LL * 86'400'000};
/// Windows that one event may fall into: size ÷ slide, rounded up.
inline constexpr std::int64_t overlap_max = 1024;
/// Panes of a sliding window: size ÷ gcd(size, slide).
inline constexpr std::int64_t panes_per_window_max = 4096;
/// Windows that may be open at once by their times alone: (size + lateness) ÷ slide, rounded up.
inline constexpr std::int64_t open_max = 16'384;
/// Panes and closed windows one actor may hold whatever the order of its events; the event that
/// would open one more is refused with too_many_open and becomes a dead letter.
inline constexpr std::size_t held_max = 65'536;
/// Aggregates of one window.
inline constexpr std::size_t aggregates_max = 64;

/// Thrown out of on_event at `held_max`: events far ahead of the watermark, in `order: arrival`
/// only.
struct too_many_open : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Everything wrong with a spec, each with the field it is about: `name`, `size`, `slide`,
/// `lateness`, `aggregates` or `aggregates.<name>`. Empty when `make_window` takes it.
[[nodiscard]] std::vector<entity::refusal> validate(const spec& of);

/// The behaviour that keeps these windows for one key. `of` has passed `validate`; anything else is
/// a bug.
[[nodiscard]] std::unique_ptr<const entity::behaviour> make_window(spec of);

/// The type of the aggregate's value in records, null aside: count an integer; sum, min, max, first
/// and last what they aggregate; mean, stddev and quantile a number. Null type when `of` feeds on
/// no stream.
[[nodiscard]] base::value_type type_of(const aggregate& a);

/// `quantile(total_amount, 0.95)`, taken apart but not compiled.
struct written_aggregate {
  window::function function = window::function::count;
  /// The expression between the parentheses, a part of the text; empty only for `count()`.
  std::string_view of;
  /// Where it begins in the text: what to add to the places of expr::diagnostic.
  std::size_t of_begin = 0;
  /// The second argument of quantile.
  double q = 0.5;
};

/// Takes an aggregate apart as a topology writes it. What is wrong is said with its place in
/// `text`.
[[nodiscard]] std::expected<written_aggregate, expr::diagnostic> parse_aggregate(
    std::string_view text);

}  // namespace aisle::window
