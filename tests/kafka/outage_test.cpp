// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <doctest/doctest.h>

#include "tests/kafka/in_time.hpp"
#include "tests/kafka/reading.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::kafka {
namespace {

TEST_CASE(
    "while the broker is down, hangs or starts again, nothing is caught up and nothing lost") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  const auto servers = kafka->servers();
  const std::string topic = "outage";
  test_support::kafka_topics{servers}.create(topic, 2);
  const auto put = [&](const std::string& value) {
    test_support::append(servers, topic, {{.value = value, .partition = 0}});
  };
  put("a");
  waiting_reader reader{servers, {.topic = topic}};
  CHECK(reader.to_present() == strings{"0/0=a"});

  const auto is_cut_off = [&] {
    CHECK(reader.read({io::reading::cut_off}).empty());
    for (int n = 0; n < 10; ++n) {
      io::raw_record record;
      CHECK(reader->next(record).value() == io::reading::cut_off);
      for (const std::uint32_t p : {0U, 1U}) {
        CHECK_FALSE(reader->behind(base::partition_id{p})->empty());
      }
      reader.watch().wait(base::duration{100});
    }
  };
  kafka->pause();
  is_cut_off();
  kafka->resume();
  CHECK(reader.to_present().empty());

  kafka->kill();
  is_cut_off();
  CHECK(in_time(
      [&] {
        io::raw_record record;
        CHECK(reader->next(record).value() == io::reading::cut_off);
        return reader->trouble().find("nobody listens") != std::string::npos;
      },
      std::chrono::milliseconds{20}));
  kafka->start();
  put("b");
  // What it knows of the end may be older than the record.
  CHECK(reader.read({}, 1) == strings{"0/1=b"});
  CHECK(reader.to_present().empty());
  CHECK(reader->trouble().empty());
  CHECK(reader->behind(base::partition_id{1})->empty());
}

}  // namespace
}  // namespace aisle::kafka
