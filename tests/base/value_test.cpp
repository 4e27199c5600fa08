// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/value.hpp"

#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::base {
namespace {

std::string json(const value& v) {
  std::string text;
  append_json(text, v);
  return text;
}

TEST_CASE("a value gives back what it was made of, and knows its type") {
  CHECK(value{}.is_null());
  CHECK(value::of(std::string_view{"00123"}).as_string() == "00123");
  CHECK(value::of(std::int64_t{-7}).as_integer() == -7);
  CHECK(value::of(decimal{1250, 2}).as_decimal() == decimal{1250, 2});
  CHECK(value::of(2.5).as_number() == 2.5);
  CHECK(value::of(true).as_boolean());
  CHECK_FALSE(value::of(false).as_boolean());
  CHECK(value::of(event_time{duration{5}}).as_timestamp() == event_time{duration{5}});
  CHECK(value::of(duration{5}).as_duration() == duration{5});
  CHECK(value::of(decimal{1, 3}).type() == value_type{kind::decimal, 3});
  CHECK(value::of(false).type() == value_type{kind::boolean});
  CHECK_FALSE(value::of(false).is_null());
}

TEST_CASE("values are equal when type and contents are, and null equals null") {
  const std::vector<value> all{{},
                               value::of(std::string_view{"1"}),
                               value::of(std::string_view{}),
                               value::of(std::int64_t{1}),
                               value::of(decimal{1, 0}),
                               value::of(decimal{10, 1}),
                               value::of(1.0),
                               value::of(true),
                               value::of(event_time{duration{1}}),
                               value::of(duration{1})};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      CAPTURE(i);
      CAPTURE(k);
      CHECK((all[i] == all[k]) == (i == k));
    }
  }
  const auto nan = value::of(std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(nan == nan);
  CHECK(value::of(0.0) == value::of(-0.0));
}

TEST_CASE("integers, decimals and numbers can be asked for a double") {
  CHECK(value::of(std::int64_t{3}).to_number() == 3.0);
  CHECK(value::of(decimal{1250, 2}).to_number() == 12.5);
  CHECK(value::of(0.5).to_number() == 0.5);
}

TEST_CASE("each kind has one form in JSON") {
  CHECK(json({}) == "null");
  CHECK(json(value::of(std::string_view{"a\"b"})) == R"("a\"b")");
  CHECK(json(value::of(std::int64_t{42})) == "42");
  CHECK(json(value::of(decimal{1250, 3})) == R"("1.250")");
  CHECK(json(value::of(0.1)) == "0.1");
  CHECK(json(value::of(true)) == "true");
  CHECK(json(value::of(false)) == "false");
  CHECK(json(value::of(event_time{duration{1}})) == R"("1970-01-01T00:00:00.001Z")");
  CHECK(json(value::of(duration{90'000})) == R"("1m30s")");
}

TEST_CASE("types have names for people") {
  CHECK(to_text(value_type{kind::string}) == "string");
  CHECK(to_text(value_type{kind::decimal, 2}) == "decimal(2)");
  CHECK(to_text(value_type{kind::timestamp}) == "timestamp");
  CHECK(to_text(value_type{}) == "null");
}

}  // namespace
}  // namespace aisle::base
