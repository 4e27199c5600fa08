// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/base/json.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/base/pack.hpp"
#include "runtime/base/time.hpp"
#include "runtime/base/value.hpp"

// How a behaviour's state is written and read: one list of its fields serves both, so that none can
// be forgotten in one of them. For a state `S` stands, in aisle::shop, next to it:
//
//   void fields(auto& archive, is<S> auto& s) {
//     archive({"count", "level", "tills"}, s.count, s.level, s.tills);
//   }
//
// and then pack_state(to, s) writes one array of all of them, in that order, unpack_state(from, s)
// reads it, and show_state(json, s) tells people who look at an actor. Fields are booleans,
// numbers, moments, texts, arrays of fixed size (flattened when packed), vectors (an array of their
// own) and other structs with a list of fields (flattened when packed).
namespace aisle::shop {

template <class M, class State>
concept is = std::same_as<std::remove_const_t<M>, State>;

/// What the fields are called, one name each, with the unit where it is not plain.
template <std::size_t n>
using names = const char* const (&)[n];

/// More elements than any state's vector ever holds.
inline constexpr std::uint32_t state_elements_max = 1 << 16;

template <class State>
void pack_state(base::packer& to, const State& s);
/// A misfit shows in `from.ok()`; the state then holds values of the right types and nothing else
/// is promised of it.
template <class State>
void unpack_state(base::unpacker& from, State& s);
/// Appends the state as a JSON object; a moment or a number that stands for none is null.
template <class State>
void show_state(std::string& json, const State& s);

/// Counts the values a state is written as.
class state_size {
 public:
  template <std::size_t n>
  void operator()(names<n> /*called*/, const auto&... members) {
    static_assert(n == sizeof...(members), "a name for every field");
    (add(members), ...);
  }
  [[nodiscard]] std::uint32_t values() const { return values_; }

 private:
  template <class T>
  void add(const T&)
    requires std::is_arithmetic_v<T>
  {
    ++values_;
  }
  void add(base::event_time) { ++values_; }
  void add(const std::string&) { ++values_; }
  template <class T>
  void add(const std::vector<T>&) {
    ++values_;
  }
  template <class T, std::size_t n>
  void add(const std::array<T, n>& all) {
    for (const auto& one : all) {
      add(one);
    }
  }
  template <class S>
  void add(const S& s)
    requires std::is_class_v<S>
  {
    fields(*this, s);
  }

  std::uint32_t values_ = 0;
};

class state_writer {
 public:
  explicit state_writer(base::packer& to) : to_{to} {}
  template <std::size_t n>
  void operator()(names<n> /*called*/, const auto&... members) {
    (put(members), ...);
  }

 private:
  void put(bool flag) { to_.boolean(flag); }
  void put(std::integral auto number) { to_.integer(static_cast<std::int64_t>(number)); }
  void put(std::floating_point auto number) { to_.number(static_cast<double>(number)); }
  void put(base::event_time time) { to_.integer(time.time_since_epoch().count()); }
  void put(const std::string& text) { to_.text(text); }
  template <class T>
  void put(const std::vector<T>& all) {
    to_.array(static_cast<std::uint32_t>(all.size()));
    for (const auto& one : all) {
      pack_state(to_, one);
    }
  }
  template <class T, std::size_t n>
  void put(const std::array<T, n>& all) {
    for (const auto& one : all) {
      put(one);
    }
  }
  template <class S>
  void put(const S& s)
    requires std::is_class_v<S>
  {
    fields(*this, s);
  }

  base::packer& to_;
};

class state_reader {
 public:
  explicit state_reader(base::unpacker& from) : from_{from} {}
  template <std::size_t n>
  void operator()(names<n> /*called*/, auto&... members) {
    (take(members), ...);
  }

 private:
  void take(bool& flag) { flag = from_.boolean(); }
  template <std::integral T>
  void take(T& number) {
    const auto read = from_.integer();
    // A hash uses all 64 bits and is written as the integer with the same ones.
    if (std::same_as<T, std::uint64_t> || std::in_range<T>(read)) {
      number = static_cast<T>(read);
    } else {
      from_.fail();
    }
  }
  template <std::floating_point T>
  void take(T& number) {
    const auto read = from_.number();
    if (std::abs(read) <= static_cast<double>(std::numeric_limits<T>::max())) {
      number = static_cast<T>(read);
    } else {
      from_.fail();
    }
  }
  void take(base::event_time& time) {
    const auto read = base::event_time{base::duration{from_.integer()}};
    if (read >= base::beginning_of_time && read <= base::end_of_time) {
      time = read;
    } else {
      from_.fail();
    }
  }
  void take(std::string& text) { text = std::string{from_.text()}; }
  template <class T>
  void take(std::vector<T>& all) {
    const auto size = from_.array(state_elements_max);
    for (std::uint32_t i = 0; i < size && from_.ok(); ++i) {
      unpack_state(from_, all.emplace_back());
    }
  }
  template <class T, std::size_t n>
  void take(std::array<T, n>& all) {
    for (auto& one : all) {
      take(one);
    }
  }
  template <class S>
  void take(S& s)
    requires std::is_class_v<S>
  {
    fields(*this, s);
  }

  base::unpacker& from_;
};

class state_teller {
 public:
  explicit state_teller(std::string& json) : json_{json} {}
  template <std::size_t n>
  void operator()(names<n> called, const auto&... members) {
    base::json_object object{json_};
    std::size_t i = 0;
    ((static_cast<void>(object.name(called[i++])), tell(members)), ...);
    object.end();
  }

 private:
  void tell(bool flag) { json_ += flag ? "true" : "false"; }
  void tell(std::integral auto number) { fmt::format_to(std::back_inserter(json_), "{}", number); }
  void tell(double number) { base::append_json_number(json_, number); }
  void tell(float number) {
    std::isfinite(number) ? void(fmt::format_to(std::back_inserter(json_), "{}", number))
                          : void(json_ += "null");
  }
  void tell(base::event_time time) {
    const bool is_one = time != base::beginning_of_time && time != base::end_of_time;
    is_one ? base::append_json(json_, base::value::of(time)) : void(json_ += "null");
  }
  void tell(const std::string& text) { base::append_json_string(json_, text); }
  template <class T>
  void tell(const std::vector<T>& all) {
    tell_each(all);
  }
  template <class T, std::size_t n>
  void tell(const std::array<T, n>& all) {
    tell_each(all);
  }
  template <class S>
  void tell(const S& s)
    requires std::is_class_v<S>
  {
    fields(*this, s);
  }
  void tell_each(const auto& all) {
    json_ += '[';
    for (bool first = true; const auto& one : all) {
      json_ += first ? "" : ",";
      first = false;
      tell(one);
    }
    json_ += ']';
  }

  std::string& json_;
};

template <class State>
void show_state(std::string& json, const State& s) {
  state_teller teller{json};
  fields(teller, s);
}

template <class State>
void pack_state(base::packer& to, const State& s) {
  state_size count;
  fields(count, s);
  to.array(count.values());
  state_writer writer{to};
  fields(writer, s);
}

template <class State>
void unpack_state(base::unpacker& from, State& s) {
  state_size count;
  fields(count, s);
  if (from.array(count.values()) != count.values()) {
    from.fail();
    return;
  }
  state_reader reader{from};
  fields(reader, s);
}

}  // namespace aisle::shop
