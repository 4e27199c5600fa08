// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/record_codec.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/pack.hpp"
#include "tests/control/records.hpp"

namespace aisle::control {
namespace {

constexpr attempt some{.generation = generation{2}, .epoch = base::epoch{41}};

const std::vector<record>& one_of_each() {
  static const std::vector<record> all{a_log(), a_claim(), an_assign(some), a_complete(some),
                                       a_reset(some)};
  return all;
}

TEST_CASE("every record is read as it was written, with all its fields") {
  for (const auto& what : one_of_each()) {
    CAPTURE(name_of(what));
    const auto read = decode(encode(what, log_offset{17}), log_offset{20});
    REQUIRE(read.has_value());
    CHECK(*read == log_entry{.at = log_offset{20}, .after = log_offset{17}, .what = what});
  }
}

TEST_CASE("the example of FORMAT.md is what is written") {
  const claim_record claim{.node = {"a"}, .incarnation = incarnation{5}, .address = "a:1"};
  CHECK(encode(claim, log_offset{0}) ==
        std::string{"\x01\x01\x00\xa1\x61\x05\xa3\x61\x3a\x31", 10});
}

TEST_CASE("a record that ends early or goes on is damaged, wherever it is cut") {
  for (const auto& what : one_of_each()) {
    const auto bytes = encode(what, log_offset{3});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto read = decode(std::string_view{bytes}.substr(0, size), log_offset{4});
      REQUIRE_FALSE(read.has_value());
      CHECK(read.error().code == errc::damaged);
    }
    CHECK(decode(bytes + '\0', log_offset{4}).error().code == errc::damaged);
  }
}

TEST_CASE("a flipped bit never crashes the reader") {
  for (const auto& what : one_of_each()) {
    const auto bytes = encode(what, log_offset{3});
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const auto read = decode(flipped, log_offset{4});
      const bool noticed_or_other = !read || read->what != what || read->after != log_offset{3};
      // The one bit that may mean nothing: format 0 does not exist, a later one is refused.
      CHECK(noticed_or_other);
    }
  }
}

TEST_CASE("a record of a later format is refused as such") {
  auto bytes = encode(a_claim(), log_offset{0});
  bytes[0] = static_cast<char>(record_format + 1);
  const auto read = decode(bytes, log_offset{8});
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == errc::newer_format);
  CHECK(read.error().message.find("offset 8") != std::string::npos);
}

TEST_CASE("an Assign whose owner is not among the required copies, or no member, is damaged") {
  auto not_required = an_assign();
  not_required.shards[0].required = {member_index{1}};
  CHECK(decode(encode(not_required, {}), log_offset{1}).error().code == errc::damaged);
  auto no_member = an_assign();
  no_member.shards[1].required.push_back(member_index{2});
  CHECK(decode(encode(no_member, {}), log_offset{1}).error().code == errc::damaged);
  auto no_reader = an_assign();
  no_reader.readers[0].reader = member_index{2};
  CHECK(decode(encode(no_reader, {}), log_offset{1}).error().code == errc::damaged);
  auto no_holder = a_complete(some);
  no_holder.shards[0].holders = {member_index{9}};
  CHECK(decode(encode(no_holder, {}), log_offset{1}).error().code == errc::damaged);
}

TEST_CASE("a lie about a list's size is refused before memory is taken for it") {
  std::string bytes;
  base::packer to{bytes};
  for (const int value : {1, 3, 0, 2, 7}) {
    to.integer(value);
  }
  to.array(partitions_max);
  CHECK(decode(bytes, log_offset{1}).error().code == errc::damaged);
}

TEST_CASE("an Assign finds members by name and incarnation, and shards by name") {
  const auto assign = an_assign();
  CHECK(assign.find(node_b.node, node_b.incarnation) == member_index{1});
  CHECK_FALSE(assign.find(node_b.node, incarnation{8}).has_value());
  CHECK_FALSE(assign.find(node_name{"c"}, node_b.incarnation).has_value());
  REQUIRE(assign.find(lane_1) != nullptr);
  CHECK(assign.find(lane_1)->owner == member_index{1});
  CHECK(assign.find(shard_name{.of = "shelf", .number = 1}) == nullptr);
}

TEST_CASE("a Reset replaces the Assign under compaction, and nothing else shares a key") {
  std::vector<std::string_view> keys;
  for (const auto& what : one_of_each()) {
    keys.push_back(key_of(what));
  }
  CHECK(keys == std::vector<std::string_view>{"log", "claim", "assign", "complete", "assign"});
}

}  // namespace
}  // namespace aisle::control
