// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "tools/world/chain.hpp"
#include "tools/world/feed.hpp"
#include "tools/world/out_file.hpp"
#include "tools/world/record_text.hpp"
#include "tools/world/records.hpp"
#include "tools/world/summary.hpp"

namespace aisle::world {

/// Writes what it sees to its topics, and the truth into files.
class file_writer final : public observer {
 public:
  /// The folder options.out/truth must be there. Fails with write_failed, or as `open` does.
  static std::expected<file_writer, world_error> create(const world_options& options,
                                                        const chain& world,
                                                        const topic_opener& open);

  void on_sale(const sale& what) override;
  void on_move(const stock_move& what) override;
  void on_lost(const lost_sale& what) override;
  void on_click(const click& what) override;
  void on_quote(const quote& what) override;

  /// Writes what has arrived before `until`, for those who follow the topics. Everything that
  /// happened before the end of its hour has been seen.
  void write_slice(instant until);
  /// Everything that happened before `until` has been seen.
  void end_hour(instant until);
  /// Whether going on is of no use.
  bool failed() const;
  /// Completes topics and files.
  std::expected<world_summary, world_error> finish();

 private:
  /// A planted anomaly, waiting for its hour to end.
  struct planted_line {
    instant at;
    std::string text;
  };

  file_writer(const world_options& options, const chain& world, std::vector<feed> feeds,
              out_file anomalies);

  template <class Record>
  void send(std::size_t to, const Record& what, milliseconds clock = {});
  void note_planted(const sale& what, anomaly code);
  day_totals& totals_at(instant at);

  record_text text_;
  std::vector<milliseconds> clocks_;  ///< by store: how far its clock is ahead
  std::vector<feed> feeds_;
  out_file anomalies_;
  std::vector<planted_line> planted_;
  std::string key_;
  std::string line_;
  world_summary summary_;
};

}  // namespace aisle::world
