// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/base/json_object.hpp"

namespace aisle::window {
namespace {

using base::value;

/// Of the streams the aggregate is compiled for; they agree.
base::value_type type_of_input(const aggregate& a) {
  if (a.of) {
    for (const auto& program : a.of->by_stream) {
      if (program) {
        return program->type();
      }
    }
  }
  return {};
}

/// `units` at `scale`, beyond what 64 bits hold.
std::string long_text(base::int128 units, std::uint8_t scale) {
  auto magnitude = static_cast<term::magnitude_type>(units);
  magnitude = units < 0 ? 0 - magnitude : magnitude;
  std::string digits;
  while (magnitude != 0 || digits.size() <= scale) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  }
  if (scale > 0) {
    digits.insert(digits.size() - scale, 1, '.');
  }
  return units < 0 ? '-' + digits : digits;
}

/// Makes the value of an accumulator. `texts` keeps what the value does not own until it is
/// emitted.
struct reader {
  const aggregate& of;
  base::value_type type;
  std::list<std::string>& texts;

  value operator()(const counter& c) const { return value::of(static_cast<std::int64_t>(c.n)); }

  value operator()(const unit_total& t) const {
    if (t.n == 0) {
      return {};
    }
    return of.function == function::mean ? mean(t) : sum(t.units());
  }

  value operator()(const number_total& t) const {
    if (t.n == 0) {
      return {};
    }
    const auto sum = t.sum.to_double();
    return finite(of.function == function::mean ? sum / static_cast<double>(t.n) : sum);
  }

  value operator()(const moments& m) const {
    return m.n() < 2 ? value{} : finite(m.deviation() / unit());
  }

  value operator()(const sketch& s) const {
    const auto q = s.quantile(of.q);
    return q ? value::of(*q) : value{};
  }

  template <int sign>
  value operator()(const extreme<sign>& e) const {
    return e.kept.get();
  }

  template <int sign>
  value operator()(const edge<sign>& e) const {
    return e.kept.get();
  }

 private:
  static value finite(double number) { return std::isfinite(number) ? value::of(number) : value{}; }

  /// Units in one.
  [[nodiscard]] double unit() const { return static_cast<double>(base::power_of_ten(type.scale)); }

  [[nodiscard]] value mean(const unit_total& t) const {
    return value::of(static_cast<double>(t.units()) / (static_cast<double>(t.n) * unit()));
  }

  [[nodiscard]] value sum(base::int128 units) const {
    if (units > std::numeric_limits<std::int64_t>::max() ||
        units < std::numeric_limits<std::int64_t>::min()) {
      return value::of(std::string_view{texts.emplace_back(long_text(units, type.scale))});
    }
    const auto narrow = static_cast<std::int64_t>(units);
    switch (type.kind) {
      case base::kind::decimal:
        return value::of(base::decimal{narrow, type.scale});
      case base::kind::duration:
        return value::of(base::duration{narrow});
      default:
        return value::of(narrow);
    }
  }
};

}  // namespace

columns::columns(std::string window, std::vector<aggregate> aggregates)
    : window_{std::move(window)} {
  base::check(aggregates.size() <= aggregates_max, "a window has at most 64 aggregates");
  for (auto& a : aggregates) {
    any_expression_ |= a.of.has_value();
    const auto type = type_of_input(a);
    columns_.push_back({std::move(a), type});
  }
}

bool columns::reads(entity::stream_index stream) const {
  return !any_expression_ || std::ranges::any_of(columns_, [&](const column& c) {
    return c.aggregate.of && c.aggregate.of->feeds(stream);
  });
}

void columns::evaluate(const entity::event& e, inputs& into) const {
  for (const auto& c : columns_) {
    // count() counts events: any value will do.
    const auto v = c.aggregate.of ? c.aggregate.of->of(e) : value::of(true);
    if (v.type().kind == base::kind::number && !std::isfinite(v.as_number())) {
      throw entity::evaluation_failed{c.aggregate.name + " is not a finite number"};
    }
    into.push(v);
  }
}

accumulator columns::fresh(const column& c) {
  switch (c.aggregate.function) {
    case function::count:
      return counter{};
    case function::sum:
    case function::mean:
      return c.type.kind == base::kind::number ? accumulator{number_total{}}
                                               : accumulator{unit_total{}};
    case function::min:
      return least{};
    case function::max:
      return greatest{};
    case function::stddev:
      return moments{};
    case function::quantile:
      return sketch{};
    case function::first:
      return earliest{};
    case function::last:
      return latest{};
  }
  base::die("an aggregate function without an accumulator");
}

cells columns::empty() const {
  cells made;
  made.reserve(columns_.size());
  for (const auto& c : columns_) {
    made.push_back(fresh(c));
  }
  return made;
}

void columns::reserve(cells& in, const inputs& of, std::uint64_t sequence) const {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!of[i].is_null()) {
      std::visit([&](auto& cell) { cell.reserve({of[i], sequence}); }, in[i]);
    }
  }
}

void columns::add(cells& in, const inputs& of, std::uint64_t sequence) const noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!of[i].is_null()) {
      std::visit([&](auto& cell) { cell.add({of[i], sequence}); }, in[i]);
    }
  }
}

cells columns::with(cells before, const inputs& of, std::uint64_t sequence) const {
  reserve(before, of, sequence);
  add(before, of, sequence);
  return before;
}

void columns::merge(cells& into, const cells& from) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    std::visit([&]<class Cell>(Cell& cell) { cell.merge(std::get<Cell>(from[i])); }, into[i]);
  }
}

void columns::emit(const occasion& about, const cells& of, entity::context& out) const {
  std::list<std::string> texts;
  entity::window_result record{window_, about.start, about.end, about.revision, about.final, {}};
  record.values.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& c = columns_[i];
    record.values.push_back(
        {c.aggregate.name, std::visit(reader{c.aggregate, c.type, texts}, of[i])});
  }
  out.emit(record);
}

void columns::show(const cells& of, std::string& json) const {
  std::list<std::string> texts;
  base::json_object values{json};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& c = columns_[i];
    values.value(c.aggregate.name, std::visit(reader{c.aggregate, c.type, texts}, of[i]));
  }
  values.end();
}

std::size_t columns::heap_bytes(const cells& of) {
  auto bytes = base::heap_of(of);
  for (const auto& cell : of) {
    bytes += std::visit([](const auto& c) { return c.heap_bytes(); }, cell);
  }
  return bytes;
}

void columns::save(const cells& of, base::packer& to) {
  for (const auto& cell : of) {
    std::visit([&](const auto& c) { c.save(to); }, cell);
  }
}

cells columns::load(base::unpacker& from) const {
  auto loaded = empty();
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    std::visit([&](auto& c) { c.load(from, columns_[i].type); }, loaded[i]);
  }
  return loaded;
}

}  // namespace aisle::window
