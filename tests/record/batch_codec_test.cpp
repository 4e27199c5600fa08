// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/batch_codec.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "runtime/base/hash.hpp"
#include "runtime/base/pack.hpp"
#include "tests/record/rows.hpp"

namespace {

using namespace aisle;
using namespace aisle::record;
using base::kind;
using record::test::row_of;

field named(std::string name, base::kind type, bool required = false, std::uint8_t scale = 0) {
  return {.name = std::move(name), .type = {type, scale}, .required = required};
}

/// A field of every type.
const layout every_type{{named("shop", kind::string, true), named("units", kind::integer),
                         named("price", kind::decimal, false, 2), named("score", kind::number),
                         named("online", kind::boolean), named("printed", kind::timestamp),
                         named("note", kind::string)}};

/// The layout of FORMAT.md's example.
const layout small{{named("shop", kind::string, true), named("units", kind::integer)}};

event_head head_of(std::int64_t at_ms, std::uint32_t partition, std::int64_t offset,
                   std::uint64_t hash) {
  return {.at = base::event_time{base::duration{at_ms}},
          .seen = base::event_time{base::duration{2 * at_ms}},
          .position = {base::partition_id{partition}, base::offset{offset}, 0},
          .key_hash = hash};
}

batch sample() {
  batch events{every_type.words()};
  const auto texts = text_fields(every_type);
  events.append(head_of(1'767'604'353'123, 4'000'000'000, 1LL << 40, ~0ULL),
                row_of{every_type}
                    .set("shop", "Nörd")
                    .set("units", std::int64_t{-70'000})
                    .set("price", std::int64_t{349})
                    .set("score", -0.0)
                    .set("online", std::int64_t{1})
                    .set("printed", std::int64_t{-1'000})
                    .set("note", std::string(300, 'x'))
                    .ref(),
                texts);
  events.append(head_of(0, 0, 0, 0), row_of{every_type}.set("shop", "").ref(), texts);
  events.append(head_of(-5, 1, 2, 3), row_of{every_type}.set("shop", "W").set("note", "").ref(),
                texts);
  return events;
}

std::string encoded(const batch& events, const layout& of) {
  std::string bytes;
  encode_batch(bytes, events, of);
  return bytes;
}

/// Rows and heads as text, to be compared.
std::string shown(const batch& events, const layout& of) {
  std::string text;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& h = *events[i].head;
    text += fmt::format("{} {} {} {} {} {} ", h.at.time_since_epoch().count(),
                        h.seen.time_since_epoch().count(), h.position.partition.get(),
                        h.position.offset.get(), h.position.item, h.key_hash);
    append_json(text, of, events[i].row);
    text += '\n';
  }
  return text;
}

std::string code_of(std::string_view bytes, const layout& of) {
  batch into;
  const auto read = decode_batch(bytes, of, into);
  if (read) {
    return "good";
  }
  CHECK(into.empty());
  switch (read.error().code) {
    case batch_errc::damaged:
      return "damaged";
    case batch_errc::unknown_version:
      return "unknown_version";
    case batch_errc::other_layout:
      return "other_layout";
  }
  return "?";
}

/// A batch around a body of the caller's, with the right checksum.
std::string framed(std::string_view body, std::int64_t version = 1) {
  std::string bytes;
  base::packer to{bytes};
  to.array(3);
  to.integer(version);
  to.integer(static_cast<std::int64_t>(base::hash64(body)));
  to.bytes(body);
  return bytes;
}

/// A body of `small` with one row that `write` packs.
std::string forged(auto&& write, std::uint32_t rows = 1) {
  std::string body;
  base::packer to{body};
  to.array(2);
  to.integer(static_cast<std::int64_t>(fingerprint(small)));
  to.array(rows);
  write(to);
  return framed(body);
}

void pack_head(base::packer& to, std::int64_t partition = 0, std::int64_t at = 0) {
  for (const std::int64_t number :
       {at, std::int64_t{0}, partition, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}}) {
    to.integer(number);
  }
}

}  // namespace

TEST_CASE("a batch comes back as it was, heads, absent fields, empty texts and all") {
  const auto events = sample();
  batch back;
  REQUIRE(decode_batch(encoded(events, every_type), every_type, back).has_value());
  CHECK(shown(back, every_type) == shown(events, every_type));
  CHECK(back.size() == 3);
  CHECK(back[0].row.words[4] == std::bit_cast<std::uint64_t>(-0.0));
}

TEST_CASE("an empty batch comes back empty") {
  batch back;
  REQUIRE(decode_batch(encoded(batch{small.words()}, small), small, back).has_value());
  CHECK(back.empty());
  CHECK(back.words_per_row() == small.words());
}

TEST_CASE("the worked example of FORMAT.md is what is written") {
  batch events{small.words()};
  events.append({.at = base::event_time{base::duration{1'000}},
                 .seen = base::event_time{base::duration{2'000}},
                 .position = {base::partition_id{3}, base::offset{5}, 0},
                 .key_hash = 7},
                row_of{small}.set("shop", "N").ref(), text_fields(small));
  const auto bytes = encoded(events, small);
  std::string hex;
  for (const char c : bytes) {
    hex += fmt::format("{}{:02x}", hex.empty() ? "" : " ", static_cast<unsigned char>(c));
  }
  std::ifstream file{AISLE_SOURCE_DIR "/runtime/record/FORMAT.md"};
  std::stringstream page;
  page << file.rdbuf();
  auto text = page.str();
  std::ranges::replace(text, '\n', ' ');
  CHECK_MESSAGE(text.contains(hex), hex);
  CHECK(text.contains(fmt::format("{:#018x}", fingerprint(small))));
}

TEST_CASE("a batch is refused by a reader of another layout") {
  const auto bytes = encoded(sample(), every_type);
  CHECK(code_of(bytes, small) == "other_layout");
  const layout renamed{{named("store", kind::string, true), named("units", kind::integer)}};
  const layout retyped{{named("shop", kind::string, true), named("units", kind::decimal)}};
  CHECK(fingerprint(renamed) != fingerprint(small));
  CHECK(fingerprint(retyped) != fingerprint(small));
}

TEST_CASE("a batch of a newer program is refused by its version") {
  CHECK(code_of(framed("whatever", 2), small) == "unknown_version");
}

TEST_CASE("every truncation, and bytes behind the batch, are noticed") {
  const auto whole = encoded(sample(), every_type);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(code_of(std::string_view{whole}.substr(0, size), every_type) == "damaged");
  }
  CHECK(code_of(whole + '\0', every_type) == "damaged");
}

TEST_CASE("every single bit that is turned over is noticed") {
  const auto whole = encoded(sample(), every_type);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    CHECK(code_of(damaged, every_type) != "good");
  }
}

TEST_CASE("a body that lies under a right checksum is refused") {
  const auto good = [](base::packer& to) {
    pack_head(to);
    to.integer(1);
    to.text("N");
  };
  CHECK(code_of(forged(good), small) == "good");
  CHECK(code_of(forged(good, 2), small) == "damaged");
  CHECK(code_of(forged(good, 0), small) == "damaged");
  CHECK(code_of(forged(good, 0xFFFF'FFFF), small) == "damaged");
  CHECK(code_of(framed(""), small) == "damaged");
  const auto with_present = [](std::int64_t present) {
    return forged([&](base::packer& to) {
      pack_head(to);
      to.integer(present);
      to.text("N");
    });
  };
  CHECK(code_of(with_present(5), small) == "damaged");   // a field that is not there
  CHECK(code_of(with_present(-1), small) == "damaged");  // nor these
  CHECK(code_of(with_present(0), small) == "damaged");   // shop is required
  CHECK(code_of(forged([](base::packer& to) {
                  pack_head(to);
                  to.integer(1);
                  to.integer(7);
                }),
                small) == "damaged");  // shop is a text
  CHECK(code_of(forged([](base::packer& to) {
                  pack_head(to, -1);
                  to.integer(1);
                  to.text("N");
                }),
                small) == "damaged");
  CHECK(code_of(forged([](base::packer& to) {
                  pack_head(to, 0, std::numeric_limits<std::int64_t>::max());
                  to.integer(1);
                  to.text("N");
                }),
                small) == "damaged");
}

TEST_CASE("any body under a right checksum is read without reading beside it") {
  std::string body;
  {
    const auto whole = encoded(sample(), every_type);
    base::unpacker from{whole};
    REQUIRE(from.array(3) == 3);
    static_cast<void>(from.integer());
    static_cast<void>(from.integer());
    body = from.bytes();
  }
  std::mt19937_64 chance{9};
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = body;
    // Behind the fingerprint, or every round would end there.
    for (auto flips = 1 + chance() % 4; flips > 0; --flips) {
      damaged[10 + chance() % (damaged.size() - 10)] = static_cast<char>(chance());
    }
    const auto frame = framed(damaged);
    const auto exact = std::make_unique<char[]>(frame.size());
    std::ranges::copy(frame, exact.get());
    batch into;
    if (decode_batch({exact.get(), frame.size()}, every_type, into)) {
      CHECK_FALSE(shown(into, every_type).empty());
    }
  }
}
