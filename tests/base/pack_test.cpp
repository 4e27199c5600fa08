// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/pack.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <msgpack.hpp>

namespace {

using aisle::base::packer;
using aisle::base::unpacker;

constexpr std::array<std::int64_t, 18> integers{0,
                                                1,
                                                127,
                                                128,
                                                255,
                                                256,
                                                65'535,
                                                65'536,
                                                4'294'967'295,
                                                4'294'967'296,
                                                -1,
                                                -32,
                                                -33,
                                                -128,
                                                -129,
                                                -2'147'483'649LL,
                                                std::numeric_limits<std::int64_t>::max(),
                                                std::numeric_limits<std::int64_t>::min()};

std::string packed(auto&& write) {
  std::string bytes;
  packer to{bytes};
  write(to);
  return bytes;
}

/// One of each kind, as a snapshot might hold them.
std::string sample() {
  return packed([](packer& to) {
    to.array(7);
    to.integer(-70'000);
    to.number(0.1);
    to.text("Käse");
    to.bytes(std::string(300, '\xFF'));
    to.nil();
    to.boolean(true);
    to.array(1);
    to.text("");
  });
}

/// Reads the sample whatever the bytes are; true when all of it fitted.
bool read_sample(std::string_view bytes) {
  unpacker from{bytes};
  bool as_written = from.array(10) == 7;
  as_written &= from.integer() == -70'000;
  as_written &= from.number() == 0.1;
  as_written &= from.text() == "Käse";
  as_written &= from.bytes().size() == 300;
  as_written &= from.nil();
  as_written &= from.boolean();
  as_written &= from.array(10) == 1;
  as_written &= from.text().empty();
  return as_written && from.done();
}

TEST_CASE("what a packer wrote is shown as JSON, and what it never writes is not") {
  const auto shown = [](std::string_view bytes) {
    std::string json;
    return aisle::base::append_packed_json(json, bytes) && bytes.empty() ? json : "none";
  };
  CHECK(shown(packed([](packer& to) {
          to.array(8);
          to.nil();
          to.boolean(true);
          to.integer(-129);
          to.number(0.1);
          to.number(std::numeric_limits<double>::quiet_NaN());
          to.text("a \"b\"");
          to.bytes("\xFF\xFE");
          to.array(0);
        })) == R"([null,true,-129,0.1,null,"a \"b\"","//4=",[]])");
  for (const auto number : integers) {
    CHECK(shown(packed([&](packer& to) { to.integer(number); })) == std::to_string(number));
  }
  CHECK(shown("\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF") == "18446744073709551615");
  // Nothing, half an array, a map, a float of four bytes, an extension, what msgpack has not.
  using namespace std::string_view_literals;
  for (const auto bytes :
       {""sv, "\x92\x01"sv, "\x80"sv, "\xCA\0\0\0\0"sv, "\xD4\x01\0"sv, "\xC1"sv}) {
    CHECK(shown(bytes) == "none");
  }
  CHECK(shown(std::string(32, '\x91') + '\x01') != "none");
  CHECK(shown(std::string(33, '\x91') + '\x01') == "none");
}

}  // namespace

TEST_CASE("integers come back, in every width") {
  for (const auto number : integers) {
    const auto bytes = packed([&](packer& to) { to.integer(number); });
    unpacker from{bytes};
    CHECK(from.integer() == number);
    CHECK(from.done());
  }
}

TEST_CASE("a double comes back bit by bit, and is never written as an integer") {
  for (const double number : {0.0, -0.0, 3.0, 1e300, std::numeric_limits<double>::denorm_min(),
                              std::numeric_limits<double>::infinity(), std::nan("7")}) {
    const auto bytes = packed([&](packer& to) { to.number(number); });
    CHECK(bytes.size() == 9);
    unpacker from{bytes};
    CHECK(std::bit_cast<std::uint64_t>(from.number()) == std::bit_cast<std::uint64_t>(number));
    CHECK(from.done());
  }
}

TEST_CASE("texts and bytes come back in every length class") {
  for (const std::size_t size : {0U, 1U, 31U, 32U, 255U, 256U, 65'535U, 65'536U}) {
    const std::string body(size, 'x');
    const auto bytes = packed([&](packer& to) {
      to.text(body);
      to.bytes(body);
    });
    unpacker from{bytes};
    CHECK(from.text() == body);
    CHECK(from.bytes() == body);
    CHECK(from.done());
  }
}

TEST_CASE("what is written is msgpack as msgpack-c reads it") {
  const auto bytes = sample();
  const auto handle = msgpack::unpack(bytes.data(), bytes.size());
  const auto object = handle.get();
  REQUIRE(object.type == msgpack::type::ARRAY);
  REQUIRE(object.via.array.size == 7);
  CHECK(object.via.array.ptr[0].as<std::int64_t>() == -70'000);
  CHECK(object.via.array.ptr[1].as<double>() == 0.1);
  CHECK(object.via.array.ptr[2].as<std::string>() == "Käse");
  CHECK(object.via.array.ptr[3].type == msgpack::type::BIN);
  CHECK(object.via.array.ptr[4].is_nil());
  CHECK(object.via.array.ptr[5].as<bool>());
}

TEST_CASE("unsigned forms of other writers are read, and refused beyond 2^63") {
  unpacker fits{std::string_view{"\xCF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9}};
  CHECK(fits.integer() == std::numeric_limits<std::int64_t>::max());
  unpacker beyond{std::string_view{"\xCF\x80\x00\x00\x00\x00\x00\x00\x00", 9}};
  CHECK(beyond.integer() == 0);
  CHECK_FALSE(beyond.ok());
}

TEST_CASE("an array that claims 268 million elements in five bytes is refused") {
  unpacker from{std::string_view{"\xDD\x0F\xFF\xFF\xFF", 5}};
  CHECK(from.array(std::numeric_limits<std::uint32_t>::max()) == 0);
  CHECK_FALSE(from.ok());
}

TEST_CASE("an array larger than the caller allows is refused") {
  const auto bytes = packed([](packer& to) {
    to.array(3);
    to.integer(1);
    to.integer(2);
    to.integer(3);
  });
  unpacker from{bytes};
  CHECK(from.array(2) == 0);
  CHECK_FALSE(from.ok());
}

TEST_CASE("a text that claims more bytes than there are is refused") {
  unpacker from{std::string_view{"\xDB\xFF\xFF\xFF\xFFxyz", 8}};
  CHECK(from.text().empty());
  CHECK_FALSE(from.ok());
}

TEST_CASE("after the first misfit every answer is empty, and done is never true") {
  const auto bytes = packed([](packer& to) {
    to.text("a text");
    to.integer(5);
  });
  unpacker from{bytes};
  CHECK(from.integer() == 0);
  CHECK(from.text().empty());
  CHECK_FALSE(from.nil());
  CHECK_FALSE(from.done());
}

TEST_CASE("a value of another kind is a misfit") {
  const auto yes = packed([](packer& to) { to.boolean(true); });
  const auto seven = packed([](packer& to) { to.integer(7); });
  CHECK_FALSE((unpacker{seven}.nil()));
  unpacker a{yes};
  CHECK(a.number() == 0.0);
  CHECK_FALSE(a.ok());
  unpacker b{seven};
  CHECK_FALSE(b.boolean());
  CHECK_FALSE(b.ok());
  unpacker c{seven};
  CHECK(c.bytes().empty());
  CHECK_FALSE(c.ok());
}

TEST_CASE("every truncation is noticed") {
  const auto whole = sample();
  REQUIRE(read_sample(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(read_sample(std::string_view{whole}.substr(0, size)));
  }
}

TEST_CASE("flipped bits never read outside the bytes") {
  const auto whole = sample();
  std::mt19937_64 chance{7};
  for (int round = 0; round < 20'000; ++round) {
    // On the heap and exactly as long as it says, so that the address sanitizer sees one byte too
    // far.
    const std::size_t size = 1 + chance() % whole.size();
    const auto damaged = std::make_unique<char[]>(size);
    std::copy_n(whole.data(), size, damaged.get());
    for (auto flips = chance() % 4; flips > 0; --flips) {
      damaged[chance() % size] ^= static_cast<char>(1U << chance() % 8);
    }
    unpacker from{{damaged.get(), size}};
    while (from.ok() && !from.done()) {
      switch (chance() % 6) {
        case 0:
          CHECK(from.array(1'000) <= 1'000);
          break;
        case 1:
          static_cast<void>(from.integer());
          break;
        case 2:
          static_cast<void>(from.number());
          break;
        case 3:
          CHECK(from.text().size() <= size);
          break;
        case 4:
          CHECK(from.bytes().size() <= size);
          break;
        default:
          static_cast<void>(from.boolean());
      }
    }
  }
}
