// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/accumulator.hpp"

#include <bit>
#include <cmath>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/heap.hpp"

namespace aisle::window {
namespace {

using base::kind;
using unsigned128 = term::magnitude_type;

/// Units of an integer or a decimal, milliseconds of a duration.
std::int64_t units_of(const base::value& v) {
  switch (v.type().kind) {
    case kind::decimal:
      return v.as_decimal().units;
    case kind::duration:
      return v.as_duration().count();
    default:
      return v.as_integer();
  }
}

term term_of(const base::value& v) {
  return v.type().kind == kind::number ? term::of(v.as_number()) : term::of(units_of(v));
}

term square_of(const base::value& v) {
  return v.type().kind == kind::number ? term::square_of(v.as_number())
                                       : term::square_of(units_of(v));
}

/// Negative, zero or positive as `a` is less than, equal to or greater than `b` of the same type.
int order(const base::value& a, const base::value& b) {
  const auto compare = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  switch (a.type().kind) {
    case kind::string:
      return a.as_string().compare(b.as_string());
    case kind::number:
      return compare(a.as_number(), b.as_number());
    case kind::timestamp:
      return compare(a.as_timestamp(), b.as_timestamp());
    default:
      return compare(units_of(a), units_of(b));
  }
}

std::int64_t word_of(const base::value& v) {
  switch (v.type().kind) {
    case kind::number:
      return std::bit_cast<std::int64_t>(v.as_number());
    case kind::boolean:
      return v.as_boolean() ? 1 : 0;
    case kind::timestamp:
      return v.as_timestamp().time_since_epoch().count();
    default:
      return units_of(v);
  }
}

std::uint64_t load_count(base::unpacker& from) {
  return static_cast<std::uint64_t>(from.integer());
}

}  // namespace

void counter::save(base::packer& to) const { to.integer(static_cast<std::int64_t>(n)); }

void counter::load(base::unpacker& from, base::value_type) { n = load_count(from); }

base::int128 unit_total::units() const {
  return static_cast<base::int128>(unsigned128{static_cast<std::uint64_t>(high)} << 64 | low);
}

void unit_total::add_units(base::int128 units) noexcept {
  const auto sum = static_cast<unsigned128>(this->units()) + static_cast<unsigned128>(units);
  low = static_cast<std::uint64_t>(sum);
  high = static_cast<std::int64_t>(sum >> 64);
}

void unit_total::add(const input& in) noexcept {
  ++n;
  add_units(units_of(in.value));
}

void unit_total::merge(const unit_total& other) {
  n += other.n;
  add_units(other.units());
}

void unit_total::save(base::packer& to) const {
  to.integer(static_cast<std::int64_t>(n));
  to.integer(high);
  to.integer(static_cast<std::int64_t>(low));
}

void unit_total::load(base::unpacker& from, base::value_type) {
  n = load_count(from);
  high = from.integer();
  low = static_cast<std::uint64_t>(from.integer());
}

void number_total::add(const input& in) noexcept {
  ++n;
  sum.add(term::of(in.value.as_number()));
}

void number_total::merge(const number_total& other) {
  n += other.n;
  sum.merge(other.sum);
}

void number_total::save(base::packer& to) const {
  to.integer(static_cast<std::int64_t>(n));
  sum.save(to);
}

void number_total::load(base::unpacker& from, base::value_type) {
  n = load_count(from);
  sum.load(from);
}

moments::moments(const moments& other)
    : n_{other.n_}, sums_{other.sums_ ? std::make_unique<sums>(*other.sums_) : nullptr} {}

moments& moments::operator=(moments other) noexcept {
  n_ = other.n_;
  sums_ = std::move(other.sums_);
  return *this;
}

void moments::reserve(const input& in) {
  if (!sums_) {
    sums_ = std::make_unique<sums>();
  }
  sums_->of_values.reserve(term_of(in.value));
  sums_->of_squares.reserve(square_of(in.value));
}

void moments::add(const input& in) noexcept {
  ++n_;
  sums_->of_values.add(term_of(in.value));
  sums_->of_squares.add(square_of(in.value));
}

void moments::merge(const moments& other) {
  if (other.n_ == 0) {
    return;
  }
  if (!sums_) {
    sums_ = std::make_unique<sums>();
  }
  n_ += other.n_;
  sums_->of_values.merge(other.sums_->of_values);
  sums_->of_squares.merge(other.sums_->of_squares);
}

double moments::deviation() const {
  base::check(n_ >= 2, "a deviation needs two values");
  auto [m, exponent] = sums_->of_squares.times(n_).minus(sums_->of_values.squared()).round();
  // The root of m · 2^exponent with an even exponent, so that no double in between overflows.
  if (exponent % 2 != 0) {
    m *= 2;
    --exponent;
  }
  const auto n = static_cast<double>(n_);
  return std::ldexp(std::sqrt(m / (n * (n - 1))), exponent / 2);
}

std::size_t moments::heap_bytes() const {
  return sums_ ? base::heap_block(sizeof(sums)) + sums_->of_values.heap_bytes() +
                     sums_->of_squares.heap_bytes()
               : 0;
}

void moments::save(base::packer& to) const {
  to.integer(static_cast<std::int64_t>(n_));
  if (n_ > 0) {
    sums_->of_values.save(to);
    sums_->of_squares.save(to);
  }
}

void moments::load(base::unpacker& from, base::value_type) {
  const auto n = from.integer();
  if (!from.ok() || n < 0) {
    from.fail();
    return;
  }
  if (n > 0) {
    auto loaded = std::make_unique<sums>();
    loaded->of_values.load(from);
    loaded->of_squares.load(from);
    sums_ = std::move(loaded);
    n_ = static_cast<std::uint64_t>(n);
  }
}

kept::kept(const kept& other) {
  if (other.type_.kind == kind::string) {
    hold_text(*other.held_.text);
  } else {
    held_.word = other.held_.word;
  }
  type_ = other.type_;
  any_ = other.any_;
}

kept::kept(kept&& other) noexcept { swap(other); }

kept& kept::operator=(kept other) noexcept {
  swap(other);
  return *this;
}

void kept::swap(kept& other) noexcept {
  std::swap(type_, other.type_);
  std::swap(any_, other.any_);
  std::swap(held_, other.held_);
}

kept::~kept() {
  if (type_.kind == kind::string) {
    delete held_.text;
  }
}

void kept::hold_text(std::string text) {
  held_.text = new std::string{std::move(text)};
  type_ = {kind::string};
}

void kept::reserve(const base::value& v) {
  if (v.type().kind != kind::string) {
    return;
  }
  if (type_.kind != kind::string) {
    hold_text({});
  }
  held_.text->reserve(v.as_string().size());
}

void kept::assign(const base::value& v) noexcept {
  any_ = true;
  if (v.type().kind == kind::string) {
    held_.text->assign(v.as_string());
  } else {
    type_ = v.type();
    held_.word = word_of(v);
  }
}

base::value kept::get() const {
  if (!any_) {
    return {};
  }
  switch (type_.kind) {
    case kind::null:
      return {};
    case kind::string:
      return base::value::of(std::string_view{*held_.text});
    case kind::integer:
      return base::value::of(held_.word);
    case kind::decimal:
      return base::value::of(base::decimal{held_.word, type_.scale});
    case kind::number:
      return base::value::of(std::bit_cast<double>(held_.word));
    case kind::boolean:
      return base::value::of(held_.word != 0);
    case kind::timestamp:
      return base::value::of(base::event_time{base::duration{held_.word}});
    case kind::duration:
      return base::value::of(base::duration{held_.word});
  }
  return {};
}

std::size_t kept::heap_bytes() const {
  return type_.kind == kind::string
             ? base::heap_block(sizeof(std::string)) + base::heap_of(*held_.text)
             : 0;
}

void kept::save(base::packer& to) const {
  if (!any_) {
    to.nil();
    return;
  }
  switch (type_.kind) {
    case kind::string:
      to.bytes(*held_.text);
      return;
    case kind::number:
      to.number(std::bit_cast<double>(held_.word));
      return;
    default:
      to.integer(held_.word);
      return;
  }
}

void kept::load(base::unpacker& from, base::value_type type) {
  if (from.nil()) {
    return;
  }
  switch (type.kind) {
    case kind::string:
      hold_text(std::string{from.bytes()});
      break;
    case kind::number:
      held_.word = std::bit_cast<std::int64_t>(from.number());
      break;
    default:
      held_.word = from.integer();
      break;
  }
  type_ = type;
  any_ = true;
}

template <int sign>
void extreme<sign>::add(const input& in) noexcept {
  if (!kept.any() || order(in.value, kept.get()) * sign > 0) {
    kept.assign(in.value);
  }
}

template <int sign>
void extreme<sign>::merge(const extreme& other) {
  if (other.kept.any() && (!kept.any() || order(other.kept.get(), kept.get()) * sign > 0)) {
    kept = other.kept;
  }
}

template <int sign>
void extreme<sign>::save(base::packer& to) const {
  kept.save(to);
}

template <int sign>
void extreme<sign>::load(base::unpacker& from, base::value_type type) {
  kept.load(from, type);
}

template struct extreme<-1>;
template struct extreme<1>;

template <int sign>
void edge<sign>::add(const input& in) noexcept {
  if (sequence == 0 || (sign > 0) == (in.sequence > sequence)) {
    sequence = in.sequence;
    kept.assign(in.value);
  }
}

template <int sign>
void edge<sign>::merge(const edge& other) {
  if (other.sequence != 0 && (sequence == 0 || (sign > 0) == (other.sequence > sequence))) {
    *this = other;
  }
}

template <int sign>
void edge<sign>::save(base::packer& to) const {
  to.integer(static_cast<std::int64_t>(sequence));
  kept.save(to);
}

template <int sign>
void edge<sign>::load(base::unpacker& from, base::value_type type) {
  sequence = load_count(from);
  kept.load(from, type);
  if ((sequence != 0) != kept.any()) {
    from.fail();
  }
}

template struct edge<-1>;
template struct edge<1>;

sketch::sketch(const sketch& other)
    : bins_{other.bins_ ? std::make_unique<ddsketch>(*other.bins_) : nullptr} {}

sketch& sketch::operator=(sketch other) noexcept {
  bins_ = std::move(other.bins_);
  return *this;
}

void sketch::reserve(const input& in) {
  if (!bins_) {
    bins_ = std::make_unique<ddsketch>();
  }
  bins_->reserve(in.value.to_number());
}

void sketch::add(const input& in) noexcept { bins_->add(in.value.to_number()); }

void sketch::merge(const sketch& other) {
  if (!other.bins_) {
    return;
  }
  if (!bins_) {
    bins_ = std::make_unique<ddsketch>();
  }
  bins_->merge(*other.bins_);
}

std::optional<double> sketch::quantile(double q) const {
  return bins_ ? bins_->quantile(q) : std::nullopt;
}

std::size_t sketch::heap_bytes() const {
  return bins_ ? base::heap_block(sizeof(ddsketch)) + bins_->heap_bytes() : 0;
}

void sketch::save(base::packer& to) const {
  if (bins_ && bins_->count() > 0) {
    bins_->save(to);
  } else {
    to.nil();
  }
}

void sketch::load(base::unpacker& from, base::value_type) {
  if (!from.nil()) {
    auto loaded = std::make_unique<ddsketch>();
    loaded->load(from);
    bins_ = std::move(loaded);
  }
}

}  // namespace aisle::window
