// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/json.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "runtime/base/json_object.hpp"

namespace aisle::base {
namespace {

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string number(double n) {
  std::string json;
  append_json_number(json, n);
  return json;
}

TEST_CASE("a text stands as it is, but for what JSON wants escaped") {
  CHECK(quoted("plain") == R"("plain")");
  CHECK(quoted("") == R"("")");
  CHECK(quoted("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(quoted("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(quoted(std::string_view{"\0\x1F\x7F", 3}) == "\"\\u0000\\u001f\x7F\"");
  CHECK(quoted("äöü € 𝄞") == "\"äöü € 𝄞\"");
}

TEST_CASE("bytes that are no UTF-8 stand as the replacement character, one for each") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(quoted("a\xFFz") == "\"a" + r + "z\"");
  CHECK_MESSAGE(quoted("\xC3") == "\"" + r + "\"", "cut off");
  CHECK_MESSAGE(quoted("\xE2\x82") == "\"" + r + r + "\"", "cut off");
  CHECK_MESSAGE(quoted("\xC0\xAF") == "\"" + r + r + "\"", "longer than it need be");
  CHECK_MESSAGE(quoted("\xED\xA0\x80") == "\"" + r + r + r + "\"", "half of a pair");
  CHECK_MESSAGE(quoted("\xF4\x90\x80\x80") == "\"" + r + r + r + r + "\"", "beyond Unicode");
}

TEST_CASE("UTF-8 is told from what is none") {
  for (const auto* const text : {"", "plain", "é", "€", "𝄞", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF",
                                 "\xC2\x80", "\xE0\xA0\x80", "\xF0\x90\x80\x80"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  for (const auto* const text :
       {"\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "ok\xFF"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("a double is written as short as it reads back") {
  CHECK(number(0.1) == "0.1");
  CHECK(number(1.0) == "1");
  CHECK(number(-2.5) == "-2.5");
  CHECK(number(12345.0) == "12345");
  CHECK(number(100000.0) == "1e+05");
  CHECK(number(1e23) == "1e+23");
  CHECK(number(5e-324) == "5e-324");
  CHECK(number(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  std::mt19937_64 chance{1};
  for (int i = 0; i < 20'000; ++i) {
    const auto n = std::bit_cast<double>(chance());
    if (std::isfinite(n)) {
      CHECK(std::strtod(number(n).c_str(), nullptr) == n);
    }
  }
}

TEST_CASE("what JSON has no number for is null, and there is one zero") {
  CHECK(number(std::nan("")) == "null");
  CHECK(number(std::numeric_limits<double>::infinity()) == "null");
  CHECK(number(-std::numeric_limits<double>::infinity()) == "null");
  CHECK(number(-0.0) == "0");
}

TEST_CASE("integers are written to their last digit") {
  std::string json;
  append_json_integer(json, std::numeric_limits<std::int64_t>::min());
  append_json_integer(json, 0);
  append_json_integer(json, std::numeric_limits<std::int64_t>::max());
  CHECK(json == "-922337203685477580809223372036854775807");
}

// The examples of RFC 4648, section 10.
TEST_CASE("base64 is that of RFC 4648, with padding") {
  CHECK(to_base64("").empty());
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("foob") == "Zm9vYg==");
  CHECK(to_base64("fooba") == "Zm9vYmE=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64("\xFF\xFE\xFD\xFC") == "//79/A==");
  for (const std::string bytes : {"", "f", "fo", "foo", "foob", "\xFF\xFE\xFD\xFC"}) {
    CHECK(from_base64(to_base64(bytes)) == bytes);
  }
  for (const auto* const wrong :
       {"Zg", "Zg=", "Zg=a", "Z===", "====", "Zg==Zg==", "Zm9!", "Zm 9v"}) {
    CHECK_MESSAGE(!from_base64(wrong).has_value(), wrong);
  }
}

TEST_CASE("an object is written member by member") {
  std::string json;
  json_object object{json};
  object.text("a", "x\"y");
  object.text_or_null("b", "");
  object.text_or_null("c", "z");
  object.integer("d", -1);
  object.boolean("e", true);
  object.time("f", event_time{duration{0}});
  object.value("g", value::of(decimal{100, 2}));
  object.raw("h", "[1,2]");
  json_object inner{object.name("i")};
  inner.end();
  object.end();
  CHECK(json == R"({"a":"x\"y","b":null,"c":"z","d":-1,"e":true,"f":"1970-01-01T00:00:00.000Z",)"
                R"("g":"1.00","h":[1,2],"i":{}})");
}

}  // namespace
}  // namespace aisle::base
