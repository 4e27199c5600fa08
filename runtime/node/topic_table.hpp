// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/node/kafka_config.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/table/kept_row.hpp"
#include "runtime/table/table.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// A reference table that is a topic: the newest record of each key is a row, and a record without
/// a value (a tombstone) or a change that deletes says that the row of its key is gone. So a
/// compacted topic is a table that is kept.
///
/// A record that is no row by the contract is told and left out: the row that its key had before
/// stays in force. A record whose schema is out of reach is waited for, and those behind it with
/// it.
class topic_table {
 public:
  /// `records`: of a topic whose records have keys, from the first on. `table` must outlive it.
  topic_table(const topology::planned_table& table, std::unique_ptr<io::record_reader> records,
              std::unique_ptr<record::decoder> decoder);

  /// What `take` found.
  struct taken {
    /// A row is new, another one, or gone.
    bool changed = false;
    /// All there is has been read.
    bool caught_up = false;
    /// What a person should hear.
    std::vector<std::string> remarks;
  };
  /// Takes what has come; waits for no records.
  [[nodiscard]] taken take();
  /// Why the next record cannot be taken yet, for a person; empty when nothing keeps it up.
  [[nodiscard]] std::string_view waits_for() const;
  /// Why nothing can be read at present, for a person; empty while nobody knows of anything.
  [[nodiscard]] std::string trouble() const;
  /// The rows as of now; an error when two keys bring the same row.
  [[nodiscard]] std::expected<std::shared_ptr<const table::reference>, base::diagnostics> rows()
      const;

 private:
  /// A record that is taken when what it needs is there, in memory of its own.
  struct held_record {
    explicit held_record(const io::raw_record& of);
    [[nodiscard]] io::raw_record record() const;

    std::string key;
    /// With the padding that decoders may read.
    std::string bytes;
    io::raw_record facts;
    std::string waits_for;
  };

  /// False when the record has to be taken again later.
  [[nodiscard]] bool take(const io::raw_record& record, taken& into);
  [[nodiscard]] bool take_held(taken& into);
  [[nodiscard]] bool decode(const io::raw_record& record, taken& into);
  void hold(const io::raw_record& record, taken& into);
  void put(const io::raw_record& from, taken& into);
  void erase(std::string_view key, taken& into);
  [[nodiscard]] std::string place_of(const io::raw_record& record) const;

  const topology::planned_table& table_;
  std::unique_ptr<io::record_reader> records_;
  std::unique_ptr<record::decoder> decoder_;
  record::decoded row_;
  std::uint64_t texts_;
  /// By key.
  std::map<std::string, table::kept_row, std::less<>> rows_;
  std::size_t bytes_ = 0;
  std::optional<held_record> held_;
  /// It cannot be read on, which was said.
  bool broken_ = false;
};

/// Opens the table's topic and reads it to its present end, for which it waits as long as for a
/// broker. `schemas`: the node's registry, where the table needs one. `remarks` hears what take()
/// says. What is out of reach is an error that says so (`is_away`).
[[nodiscard]] std::expected<std::unique_ptr<topic_table>, base::diagnostic> open_topic_table(
    const topology::planned_table& table, const kafka_config& kafka,
    std::shared_ptr<record::schema_source> schemas, std::vector<std::string>& remarks);

}  // namespace aisle::node
