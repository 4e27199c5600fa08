// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fault/result_follower.hpp"
#include "tests/support/kafka_records.hpp"

namespace aisle::fault {

/// The header of that name, or nothing.
[[nodiscard]] std::optional<std::string> header_of(const test_support::kafka_record& record,
                                                   std::string_view name);

/// The line that a file has where a topic of Kafka has this record. A dead letter is put together
/// again: its value is the bytes that were refused, all else is in headers.
[[nodiscard]] std::string line_of(const test_support::kafka_record& record);

/// What holds for the headers of committed records: no `ce_id` twice in a sink; no `aisle-place`
/// twice, and each lane's places only grow in each partition (runtime/kafka/FORMAT.md).
class header_laws {
 public:
  void take(const std::string& sink, const test_support::kafka_record& record, findings& wrong);

 private:
  /// Generation, epoch, part, number.
  using place = std::array<std::uint64_t, 4>;
  void take_place(const std::string& text, std::int32_t partition, findings& wrong);

  std::set<std::string> ids_;
  std::set<std::string> places_;
  /// By lane and partition.
  std::map<std::pair<std::string, std::int32_t>, place> last_;
};

/// Of topics in Kafka, as a consumer of committed records sees them while brokers come and go.
class kafka_follower final : public result_follower {
 public:
  /// `sinks`: of each topic, whose it is. The topics are there, and do not grow.
  kafka_follower(const std::string& servers, std::map<std::string, std::string> sinks);
  void look(result_laws& into, findings& wrong) override;
  /// Waits for a broker that is away; for a minute at most.
  void look_back(findings& wrong) override;

 private:
  using partition_name = std::pair<std::string, std::int32_t>;
  struct record_in {
    partition_name at;
    test_support::kafka_record record;
  };
  struct seen_record {
    std::int64_t offset = 0;
    std::size_t hash = 0;
    friend bool operator==(const seen_record&, const seen_record&) = default;
  };
  static seen_record digest_of(const test_support::kafka_record& record);
  /// A consumer that begins with the first record of each.
  [[nodiscard]] test_support::kafka_handle open(const std::vector<partition_name>& all) const;
  /// Nothing when nothing comes within that time.
  [[nodiscard]] static std::optional<record_in> next(rd_kafka_s& from,
                                                     std::chrono::milliseconds within,
                                                     findings& wrong);

  std::string servers_;
  std::map<std::string, std::string> sinks_;
  std::map<partition_name, std::vector<seen_record>> seen_;
  test_support::kafka_handle client_;
  header_laws headers_;
};

}  // namespace aisle::fault
