// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/node/kafka_config.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/table/table.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// A reference table that is a topic: the newest record of each key is a row, and a record without
/// a value (a tombstone) says that its row is gone. So a compacted topic is a table that is kept.
///
/// A record that is no row by the contract is told and left out: the row that its key had before
/// stays in force.
class topic_table {
 public:
  /// `records`: of a topic whose records have keys, from the first on.
  topic_table(const topology::planned_table& table, std::unique_ptr<io::record_reader> records);

  /// What `take` found.
  struct taken {
    /// A row is new, another one, or gone.
    bool changed = false;
    /// All there is has been read.
    bool caught_up = false;
    /// What a person should hear.
    std::vector<std::string> remarks;
  };
  /// Takes what has come; never waits.
  [[nodiscard]] taken take();
  /// The rows as of now; an error when two keys bring the same row, or they are too many.
  [[nodiscard]] std::expected<std::shared_ptr<const table::reference>, base::diagnostics> rows()
      const;

 private:
  void take(const io::raw_record& record, taken& into);
  [[nodiscard]] std::string place_of(const io::raw_record& record) const;

  const topology::planned_table& table_;
  std::unique_ptr<io::record_reader> records_;
  std::unique_ptr<record::decoder> decoder_;
  record::decoded row_;
  /// By key: the newest good value.
  std::map<std::string, std::string, std::less<>> values_;
  std::size_t bytes_ = 0;
  /// It cannot be read on, which was said.
  bool broken_ = false;
};

/// Opens the table's topic and reads it to its present end. `remarks` hears what take() says.
[[nodiscard]] std::expected<std::unique_ptr<topic_table>, base::diagnostic> open_topic_table(
    const topology::planned_table& table, const kafka_config& kafka,
    std::vector<std::string>& remarks);

}  // namespace aisle::node
