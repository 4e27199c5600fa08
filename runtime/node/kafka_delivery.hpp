// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "runtime/checkpoint/delivery_sink.hpp"
#include "runtime/kafka/sink_lane.hpp"

namespace aisle::node {

/// A lane of a topic in Kafka as the protocol of delivery sees it.
class kafka_delivery final : public checkpoint::delivery_sink {
 public:
  explicit kafka_delivery(kafka::sink_lane_settings how)
      : lane_{std::move(how), kafka::process_watchdog()} {}

  checkpoint::sink_end fence() override;
  std::expected<std::optional<checkpoint::marker>, checkpoint::sink_end> read_marker(
      control::attempt delivered_to) override;
  checkpoint::sink_end write_first_marker() override;
  checkpoint::sink_end write(const checkpoint::outbox_part& part) override;
  std::string why() const override { return lane_.why(); }
  bool tell_trouble(const std::function<void(const std::string&)>& hears) override {
    lane_.tell_trouble(hears);
    return true;
  }

 private:
  kafka::sink_lane lane_;
};

}  // namespace aisle::node
