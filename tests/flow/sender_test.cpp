// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/sender.hpp"

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

using sent = std::vector<line_sender::addressed>;

constexpr std::uint32_t for_rows = channel_credit - channel_credit_kept;

line_sender to_lanes(std::uint32_t count) {
  std::vector<channel> channels;
  for (std::uint32_t i = 0; i < count; ++i) {
    channels.emplace_back(10 + i);
  }
  return line_sender{std::move(channels)};
}

TEST_CASE("credit is spent message by message, and the last of it only on watermarks") {
  credit_account account;
  CHECK(account.nothing_under_way());
  for (std::uint32_t i = 1; i <= for_rows; ++i) {
    REQUIRE(account.may_send_rows());
    CHECK(account.spend() == base::sequence{i});
    CHECK_FALSE(account.nothing_under_way());
  }
  CHECK_FALSE(account.may_send_rows());
  for (std::uint32_t i = 0; i < channel_credit_kept; ++i) {
    REQUIRE(account.may_send_watermark());
    account.spend();
  }
  CHECK_FALSE(account.may_send_watermark());
  account.give(1);
  CHECK(account.may_send_watermark());
  CHECK_FALSE(account.may_send_rows());
  account.give(channel_credit - 1);
  CHECK(account.nothing_under_way());
}

TEST_CASE("barriers need no credit, and share the numbers of what does") {
  credit_account account;
  while (account.may_send_watermark()) {
    account.spend();
  }
  CHECK(account.next() == base::sequence{channel_credit + 1});
  account.give(1);
  CHECK(account.spend() == base::sequence{channel_credit + 2});
}

TEST_CASE("lines go at once to a lane with nothing to do, and then wait for company") {
  auto sender = to_lanes(1);
  sent out;
  sender.add(0, "{1}");
  sender.flush(out, false);
  REQUIRE(out.size() == 1);
  CHECK(out[0].message.lines == "{1}\n");
  CHECK(out[0].message.channel == channel{10});
  CHECK(out[0].message.records == 1);
  CHECK(out[0].message.sequence == base::sequence{1});

  sender.add(0, "{2}");
  sender.add(0, "{3}");
  sender.flush(out, false);
  CHECK(out.size() == 1);
  sender.give(0, 1);
  sender.flush(out, false);
  REQUIRE(out.size() == 2);
  CHECK(out[1].message.lines == "{2}\n{3}\n");
  CHECK(out[1].message.records == 2);
  CHECK(out[1].message.sequence == base::sequence{2});
}

TEST_CASE("a message that is large enough waits for no company") {
  auto sender = to_lanes(1);
  sent out;
  sender.add(0, "{1}");
  sender.flush(out, false);
  sender.add(0, std::string(line_bytes_target, 'x'));
  sender.flush(out, false);
  CHECK(out.size() == 2);
}

TEST_CASE("flushing all sends to busy lanes, too, but not to those without credit") {
  auto sender = to_lanes(2);
  sent out;
  for (std::uint32_t i = 0; i < for_rows + 3; ++i) {
    sender.add(0, "{}");
    sender.flush(out, true);
  }
  CHECK(out.size() == for_rows);
  CHECK_FALSE(sender.empty());
  sender.add(1, "{}");
  sender.flush(out, true);
  CHECK(out.size() == for_rows + 1);
  CHECK(out.back().lane == 1);
  CHECK(out.back().message.channel == channel{11});
}

TEST_CASE("a sender is full when lines pile up for one lane, until that has asked for more") {
  auto sender = to_lanes(2);
  sent out;
  const std::string line(line_bytes_target - 1, 'x');
  for (std::uint32_t i = 0; i < for_rows; ++i) {
    sender.add(1, line);
    sender.flush(out, false);
  }
  REQUIRE(out.size() == for_rows);
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(sender.full());
    sender.add(1, line);
    sender.flush(out, false);
  }
  CHECK(sender.full());
  sender.give(1, 1);
  sender.flush(out, false);
  CHECK_FALSE(sender.full());
  CHECK(out.back().message.records == 4);
}

TEST_CASE("a barrier goes to every lane, with what is left and without credit") {
  auto sender = to_lanes(3);
  sent out;
  for (std::uint32_t i = 0; i < channel_credit; ++i) {
    sender.add(1, "{}");
    sender.flush(out, true);
  }
  out.clear();
  CHECK(sender.bytes_since_barrier() == 3 * channel_credit);
  sender.barrier(base::epoch{4}, out);
  REQUIRE(out.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(out[i].lane == i);
    CHECK(out[i].message.barrier == base::epoch{4});
  }
  CHECK(out[0].message.lines.empty());
  CHECK(out[1].message.records == channel_credit_kept);
  CHECK(out[1].message.sequence == base::sequence{for_rows + 1});
  CHECK(sender.empty());
  CHECK_FALSE(sender.full());
  CHECK(sender.bytes_since_barrier() == 0);
}

}  // namespace
}  // namespace aisle::flow
