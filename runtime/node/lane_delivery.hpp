// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "runtime/checkpoint/delivery_sink.hpp"
#include "runtime/io/file_sink.hpp"

namespace aisle::node {

/// A lane's file or topic as the protocol of delivery sees it. Files keep no marker: what is known
/// to be delivered stands for it. A topic keeps the attempt as the mark of the lane's last append.
class lane_delivery final : public checkpoint::delivery_sink {
 public:
  explicit lane_delivery(std::shared_ptr<io::lane_writer> to) : to_{std::move(to)} {}

  /// Who opened the lane has fenced whoever had it before.
  checkpoint::sink_end fence() override { return checkpoint::sink_end::done; }
  std::expected<std::optional<checkpoint::marker>, checkpoint::sink_end> read_marker(
      control::attempt delivered_to) override;
  /// A lane that has delivered nothing is told from one that has lost its marker by its own memory.
  checkpoint::sink_end write_first_marker() override { return checkpoint::sink_end::done; }
  checkpoint::sink_end write(const checkpoint::outbox_part& part) override;
  std::string why() const override { return why_; }

 private:
  std::shared_ptr<io::lane_writer> to_;
  std::string why_;
};

}  // namespace aisle::node
