// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/partitioner.hpp"

#include <doctest/doctest.h>

namespace aisle::log {
namespace {

// The pairs of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
TEST_CASE("murmur2 gives what Kafka's own test expects") {
  CHECK(murmur2("21") == -973932308);
  CHECK(murmur2("foobar") == -790332482);
  CHECK(murmur2("a-little-bit-long-string") == -985981536);
  CHECK(murmur2("a-little-bit-longer-string") == -1486304829);
  CHECK(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
  CHECK(murmur2("abc") == 479470107);
}

TEST_CASE("a key's partition is its hash without the sign, modulo the partitions") {
  CHECK(partition_of("foobar", 1) == base::partition_id{0});
  CHECK(partition_of("foobar", 10) == base::partition_id{(-790332482 & 0x7fffffff) % 10});
  CHECK(partition_of("abc", 7) == base::partition_id{479470107 % 7});
}

}  // namespace
}  // namespace aisle::log
