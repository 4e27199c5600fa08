// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/accumulator.hpp"

#include <bit>
#include <cmath>
#include <utility>

#include "runtime/base/check.hpp"

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
  return sums_ ? sizeof(sums) + sums_->of_values.heap_bytes() + sums_->of_squares.heap_bytes() : 0;
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

kept::kept(const kept& other)
    : word_{other.word_},
      text_{other.text_ ? std::make_unique<std::string>(*other.text_) : nullptr} {}

kept& kept::operator=(kept other) noexcept {
  word_ = other.word_;
  text_ = std::move(other.text_);
  return *this;
}

void kept::reserve(const base::value& v) {
  if (v.type().kind != kind::string) {
    return;
  }
  if (!text_) {
    text_ = std::make_unique<std::string>();
  }
  text_->reserve(v.as_string().size());
}

void kept::assign(const base::value& v) noexcept {
  if (v.type().kind == kind::string) {
    text_->assign(v.as_string());
  } else {
    word_ = word_of(v);
  }
}

base::value kept::get(base::value_type type) const {
  switch (type.kind) {
    case kind::null:
      return {};
    case kind::string:
      return base::value::of(std::string_view{*text_});
    case kind::integer:
      return base::value::of(word_);
    case kind::decimal:
      return base::value::of(base::decimal{word_, type.scale});
    case kind::number:
      return base::value::of(std::bit_cast<double>(word_));
    case kind::boolean:
      return base::value::of(word_ != 0);
    case kind::timestamp:
      return base::value::of(base::event_time{base::duration{word_}});
    case kind::duration:
      return base::value::of(base::duration{word_});
  }
  return {};
}

std::size_t kept::heap_bytes() const {
  constexpr std::size_t inside = 15;  // what libstdc++ keeps in the object itself
  return text_ ? sizeof(std::string) + (text_->capacity() > inside ? text_->capacity() + 1 : 0) : 0;
}

void kept::save(base::packer& to, base::value_type type) const {
  switch (type.kind) {
    case kind::string:
      to.bytes(*text_);
      return;
    case kind::number:
      to.number(std::bit_cast<double>(word_));
      return;
    default:
      to.integer(word_);
      return;
  }
}

void kept::load(base::unpacker& from, base::value_type type) {
  switch (type.kind) {
    case kind::string:
      text_ = std::make_unique<std::string>(from.bytes());
      return;
    case kind::number:
      word_ = std::bit_cast<std::int64_t>(from.number());
      return;
    default:
      word_ = from.integer();
      return;
  }
}

template <int sign>
void extreme<sign>::reserve(const input& in) {
  kept.reserve(in.value);
}

template <int sign>
void extreme<sign>::add(const input& in) noexcept {
  if (!any || order(in.value, kept.get(type)) * sign > 0) {
    any = true;
    type = in.value.type();
    kept.assign(in.value);
  }
}

template <int sign>
void extreme<sign>::merge(const extreme& other) {
  if (other.any && (!any || order(other.kept.get(type), kept.get(type)) * sign > 0)) {
    *this = other;
  }
}

template <int sign>
void extreme<sign>::save(base::packer& to) const {
  if (any) {
    kept.save(to, type);
  } else {
    to.nil();
  }
}

template <int sign>
void extreme<sign>::load(base::unpacker& from, base::value_type of) {
  if (!from.nil()) {
    kept.load(from, of);
    type = of;
    any = from.ok();
  }
}

template struct extreme<-1>;
template struct extreme<1>;

template <int sign>
void edge<sign>::reserve(const input& in) {
  kept.reserve(in.value);
}

template <int sign>
void edge<sign>::add(const input& in) noexcept {
  if (sequence == 0 || (sign > 0) == (in.sequence > sequence)) {
    sequence = in.sequence;
    type = in.value.type();
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
  if (sequence != 0) {
    kept.save(to, type);
  }
}

template <int sign>
void edge<sign>::load(base::unpacker& from, base::value_type of) {
  const auto taken_with = load_count(from);
  if (taken_with != 0) {
    kept.load(from, of);
    type = of;
    sequence = from.ok() ? taken_with : 0;
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
  return bins_ ? sizeof(ddsketch) + bins_->heap_bytes() : 0;
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
