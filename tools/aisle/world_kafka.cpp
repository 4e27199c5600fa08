// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/world_kafka.hpp"

#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "runtime/kafka/topic_writer.hpp"
#include "runtime/node/config.hpp"

namespace aisle::tool {
namespace {

std::unexpected<world::world_error> refuse(std::string why) {
  return std::unexpected{world::world_error{world::errc::no_log, std::move(why)}};
}

class kafka_topic final : public world::topic_writer {
 public:
  kafka_topic(std::string name, std::unique_ptr<kafka::topic_writer> to)
      : name_{std::move(name)}, to_{std::move(to)} {}

  void write(const world::topic_record& what) override {
    to_->write({.key = what.key,
                .value = what.line,
                .timestamp = base::event_time{what.arrives.time_since_epoch()}});
  }
  // The client sends what it has within milliseconds.
  void flush() override {}
  bool failed() const override { return to_->failed(); }
  std::expected<void, world::world_error> finish() override {
    const auto done = to_->finish();
    if (done) {
      return {};
    }
    return std::unexpected{world::world_error{
        world::errc::write_failed,
        fmt::format("the topic {} cannot be written: {}", name_, done.error().message)}};
  }

 private:
  std::string name_;
  std::unique_ptr<kafka::topic_writer> to_;
};

}  // namespace

std::expected<world::topic_opener, world::world_error> open_world_kafka(
    const topology::log_address& log, const world::world_options& options) {
  node::config file;
  if (!options.config.empty()) {
    auto read = node::load_config(options.config);
    if (!read) {
      return std::unexpected{
          world::world_error{world::errc::bad_option, base::to_text(read.error().front())}};
    }
    file = *std::move(read);
  }
  const auto to = node::settings_for(log, file.kafka);
  for (const auto name : world::topic_names) {
    const auto there = kafka::extent_of(to, std::string{name});
    if (!there) {
      return refuse(there.error().message);
    }
    if (*there && (*there)->offsets > 0) {
      return refuse(fmt::format(
          "the topic {} at {} has records already, and two chains in one log would be neither; "
          "delete it, or give another cluster with --log",
          name, log.brokers));
    }
    if (*there && (*there)->partitions != options.partitions) {
      return refuse(
          fmt::format("the topic {} at {} has {} partitions, not {}; say so with "
                      "--partitions, or delete it",
                      name, log.brokers, (*there)->partitions, options.partitions));
    }
  }
  return [to, partitions = options.partitions](std::string_view topic)
             -> std::expected<std::unique_ptr<world::topic_writer>, world::world_error> {
    auto opened = kafka::open_topic_writer(to, std::string{topic}, partitions);
    if (!opened) {
      return refuse(opened.error().message);
    }
    return std::make_unique<kafka_topic>(std::string{topic}, *std::move(opened));
  };
}

}  // namespace aisle::tool
