// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/log/batch.hpp"

namespace aisle::log {

/// What a partition remembers of a producer.
struct producer_state {
  std::uint32_t epoch = 0;
  /// The sequence its next record has to have.
  std::uint64_t next_sequence = 0;
  /// Of the last batch that had one.
  std::string marker;
  /// Where the partition ended when it last wrote.
  base::offset last{};

  friend bool operator==(const producer_state&, const producer_state&) = default;
};

/// Who has written to a partition, and how far: decides which appends are new, which repeat what is
/// there, and which come from a producer that has been replaced. Rebuilt by reading the partition's
/// last segment, which begins with this table as it was then.
class producer_table {
 public:
  enum class verdict : std::uint8_t {
    /// Append what is behind `repeated` records.
    accept,
    fenced,
    gap,
  };
  struct judgement {
    verdict is = verdict::accept;
    /// Records at the front that are in the partition already.
    std::uint32_t repeated = 0;
    /// What was expected, for the error.
    producer_state known;
  };

  /// What becomes of a batch of `count` records. Nobody (id 0) is always accepted. A producer that
  /// is not known, or that comes with a new epoch, may begin with any sequence.
  [[nodiscard]] judgement judge(const producer_stamp& by, std::uint32_t count) const;
  /// Takes note of a batch that stands in the partition.
  void note(const batch_header& header, std::string_view marker);
  /// Nothing when the producer has never written here.
  [[nodiscard]] std::optional<producer_state> find(std::uint64_t id) const;
  [[nodiscard]] std::size_t size() const { return known_.size(); }

  /// The body of a batch of kind producers.
  [[nodiscard]] std::string encode() const;
  /// False when the bytes are not such a body.
  [[nodiscard]] bool decode(std::string_view body);

 private:
  void forget_the_most_silent();

  std::map<std::uint64_t, producer_state> known_;
};

}  // namespace aisle::log
