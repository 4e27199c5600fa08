// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/window.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/window/sliding.hpp"
#include "runtime/window/tumbling.hpp"

namespace aisle::window {
namespace {

using value_kind = base::kind;

/// The types an aggregate's expression has in the streams it is compiled for, each once.
std::vector<base::value_type> types_of(const entity::event_expression& of) {
  std::vector<base::value_type> types;
  for (const auto& program : of.by_stream) {
    if (program && std::ranges::find(types, program->type()) == types.end()) {
      types.push_back(program->type());
    }
  }
  return types;
}

bool is_numeric(base::value_type type) {
  return type.kind == value_kind::integer || type.kind == value_kind::decimal ||
         type.kind == value_kind::number;
}

/// Empty when the function takes the type, otherwise what it takes.
std::string_view lacking(function f, base::value_type type) {
  switch (f) {
    case function::count:
    case function::first:
    case function::last:
      return {};
    case function::sum:
      return is_numeric(type) || type.kind == value_kind::duration
                 ? std::string_view{}
                 : "an integer, a decimal, a number or a duration";
    case function::min:
    case function::max:
      return type.kind != value_kind::boolean ? std::string_view{} : "anything but a boolean";
    case function::mean:
    case function::stddev:
    case function::quantile:
      return is_numeric(type) ? std::string_view{} : "an integer, a decimal or a number";
  }
  return {};
}

std::int64_t quotient_up(base::duration span, base::duration step) {
  return (span.count() + step.count() - 1) / step.count();
}

/// Collects what is wrong.
class inspector {
 public:
  explicit inspector(const spec& of) : of_{of} {}

  std::vector<entity::refusal> run() {
    if (of_.name.empty()) {
      refuse("name", "a window needs a name");
    }
    check_times();
    check_aggregates();
    return std::move(found_);
  }

 private:
  void refuse(std::string field, std::string message) {
    found_.push_back({std::move(field), std::move(message)});
  }

  void check_times() {
    const bool has_size = of_.size > base::duration{0} && of_.size <= span_max;
    if (!has_size) {
      refuse("size", fmt::format("a window is longer than nothing and at most {}",
                                 base::to_text(span_max)));
    }
    const bool has_lateness = of_.lateness >= base::duration{0} && of_.lateness <= span_max;
    if (!has_lateness) {
      refuse("lateness", fmt::format("lateness is at most {}", base::to_text(span_max)));
    }
    if (!has_size || !check_slide() || !has_lateness) {
      return;
    }
    const auto step = of_.kind == kind::sliding ? of_.slide : of_.size;
    const auto open = quotient_up(of_.size + of_.lateness, step);
    if (open > open_max) {
      refuse("lateness", fmt::format("{} windows would be open at once per key, {} at most: allow "
                                     "less lateness or make the windows longer",
                                     open, open_max));
    }
  }

  bool check_slide() {
    if (of_.kind == kind::tumbling) {
      if (of_.slide != base::duration{0}) {
        refuse("slide", "a tumbling window does not slide");
      }
      return of_.slide == base::duration{0};
    }
    if (of_.slide <= base::duration{0} || of_.slide > of_.size) {
      refuse("slide", "a window slides by more than nothing and by at most its size");
      return false;
    }
    const auto overlap = quotient_up(of_.size, of_.slide);
    if (overlap > overlap_max) {
      refuse("slide", fmt::format("every event would fall into {} windows, {} at most: slide by {} "
                                  "or more",
                                  overlap, overlap_max,
                                  base::to_text(base::duration{
                                      quotient_up(of_.size, base::duration{overlap_max})})));
      return false;
    }
    const base::duration pane{std::gcd(of_.size.count(), of_.slide.count())};
    if (of_.size / pane > panes_per_window_max) {
      refuse("slide",
             fmt::format("size and slide have only {} in common, so a window would have {} "
                         "panes, {} at most: slide by a part of the size",
                         base::to_text(pane), of_.size / pane, panes_per_window_max));
      return false;
    }
    return true;
  }

  void check_aggregates() {
    if (of_.aggregates.empty()) {
      refuse("aggregates", "a window keeps at least one aggregate");
    }
    if (of_.aggregates.size() > aggregates_max) {
      refuse("aggregates", fmt::format("a window keeps at most {} aggregates", aggregates_max));
    }
    std::set<std::string_view> names;
    for (const auto& a : of_.aggregates) {
      if (!names.insert(a.name).second) {
        refuse("aggregates." + a.name, "two aggregates have this name");
      }
      check(a);
    }
  }

  void check(const aggregate& a) {
    const auto field = "aggregates." + a.name;
    if (!a.of) {
      if (a.function != function::count) {
        refuse(field, fmt::format("`{}` needs an expression", to_text(a.function)));
      }
      return;
    }
    const auto types = types_of(*a.of);
    if (types.empty()) {
      refuse(field, "no stream of the stage has the fields of its expression");
      return;
    }
    if (types.size() > 1) {
      refuse(field, fmt::format("the expression is {} in one stream and {} in another",
                                to_text(types[0]), to_text(types[1])));
    }
    if (const auto wanted = lacking(a.function, types[0]); !wanted.empty()) {
      refuse(field,
             fmt::format("`{}` takes {}, not {}", to_text(a.function), wanted, to_text(types[0])));
    }
    if (a.function == function::quantile && !(a.q >= 0 && a.q <= 1)) {
      refuse(field, "a quantile is a number from 0 to 1");
    }
  }

  const spec& of_;
  std::vector<entity::refusal> found_;
};

}  // namespace

std::vector<entity::refusal> validate(const spec& of) { return inspector{of}.run(); }

std::unique_ptr<const entity::behaviour> make_window(spec of) {
  base::check(validate(of).empty(), "a window is made from a spec that was checked");
  columns kept{of.name, std::move(of.aggregates)};
  if (of.kind == kind::tumbling) {
    return std::make_unique<tumbling_window>(of.size, of.lateness, std::move(kept));
  }
  return std::make_unique<sliding_window>(of.size, of.slide, of.lateness, std::move(kept));
}

base::value_type type_of(const aggregate& a) {
  switch (a.function) {
    case function::count:
      return {value_kind::integer};
    case function::mean:
    case function::stddev:
    case function::quantile:
      return {value_kind::number};
    case function::sum:
    case function::min:
    case function::max:
    case function::first:
    case function::last: {
      const auto types = a.of ? types_of(*a.of) : std::vector<base::value_type>{};
      return types.empty() ? base::value_type{} : types[0];
    }
  }
  return {};
}

}  // namespace aisle::window
