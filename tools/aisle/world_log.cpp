// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/world_log.hpp"

#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/base/clock.hpp"
#include "runtime/log/producer.hpp"
#include "runtime/log/reader.hpp"
#include "runtime/log/topic.hpp"
#include "runtime/topology/log_address.hpp"
#include "tools/aisle/world_kafka.hpp"

namespace aisle::tool {
namespace {

/// Records that go into one batch unless somebody waits for fewer.
constexpr std::size_t batch_records_max = 1000;

world::world_error cannot_write(std::string_view topic, const log::error& why) {
  return {world::errc::write_failed,
          fmt::format("the topic {} cannot be written: {}", topic, why.message)};
}

class log_topic final : public world::topic_writer {
 public:
  explicit log_topic(const log::topic& topic)
      : name_{topic.name},
        batches_(topic.settings.partitions),
        producer_{topic, base::system_clock()} {}

  void write(const world::topic_record& what) override {
    const std::string key{what.key};
    const auto to = producer_.choose(key);
    auto& batch = batches_[to.get()];
    batch.push_back({.key = key,
                     .value = std::string{what.line},
                     .timestamp = base::event_time{what.arrives.time_since_epoch()},
                     .headers = {}});
    if (batch.size() == batch_records_max) {
      send(to);
    }
  }

  void flush() override {
    for (std::uint32_t partition = 0; partition < batches_.size(); ++partition) {
      send(base::partition_id{partition});
    }
  }

  bool failed() const override {
    const std::lock_guard held{guard_};
    return failure_.has_value();
  }

  std::expected<void, world::world_error> finish() override {
    flush();
    producer_.flush();
    const std::lock_guard held{guard_};
    if (failure_) {
      return std::unexpected{cannot_write(name_, *failure_)};
    }
    return {};
  }

 private:
  void send(base::partition_id to) {
    auto records = std::exchange(batches_[to.get()], {});
    if (records.empty() || failed()) {
      return;
    }
    producer_.append(to, std::move(records), {}, {},
                     [this](const log::result<log::acknowledged>& answer) {
                       const std::lock_guard held{guard_};
                       if (!answer && !failure_) {
                         failure_ = answer.error();
                       }
                     });
  }

  std::string name_;
  std::vector<std::vector<log::owned_record>> batches_;
  mutable std::mutex guard_;
  std::optional<log::error> failure_;  // guarded
  // Last, as its thread speaks to the others.
  log::producer producer_;
};

std::unexpected<world::world_error> refuse(std::string why) {
  return std::unexpected{world::world_error{world::errc::no_log, std::move(why)}};
}

/// What keeps a chain from writing into a topic that is there.
std::optional<std::string> taken(const log::topic& topic) {
  for (std::uint32_t partition = 0; partition < topic.settings.partitions; ++partition) {
    const auto reader = log::reader::open_at_start(topic, base::partition_id{partition});
    const auto end = reader ? reader->end() : std::unexpected{reader.error()};
    if (!end) {
      return end.error().message;
    }
    if (end->get() > 0) {
      return fmt::format(
          "the topic {} in {} has records already, and two chains in one log would be neither; "
          "give another folder with --log, or remove that one",
          topic.name, topic.folder.parent_path().string());
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> folder_of_log(std::string_view log) {
  constexpr std::string_view embedded = "embedded:";
  if (!log.starts_with(embedded) || log.size() == embedded.size()) {
    return std::nullopt;
  }
  return std::filesystem::path{log.substr(embedded.size())};
}

std::expected<world::topic_opener, world::world_error> open_world_log(
    const world::world_options& options) {
  const auto address = topology::parse_log(options.log, {});
  if (address && address->kind == topology::log_kind::kafka) {
    return open_world_kafka(*address, options);
  }
  const auto folder = folder_of_log(options.log);
  if (!folder) {
    return std::unexpected{world::world_error{
        world::errc::bad_option,
        options.log.starts_with("kafka:")
            ? address.error()
            : fmt::format("--log {} is no log that can be written; expected --log embedded:DIR or "
                          "kafka:HOST:PORT",
                          options.log)}};
  }
  log::topic_settings settings;
  settings.partitions = static_cast<std::uint32_t>(options.partitions);
  for (const auto name : world::topic_names) {
    const auto there = log::open_topic(*folder, name);
    if (!there && there.error().code == log::errc::not_found) {
      continue;
    }
    if (!there) {
      return refuse(there.error().message);
    }
    if (const auto why = taken(*there)) {
      return refuse(*why);
    }
  }
  return [folder = *folder, settings](std::string_view topic)
             -> std::expected<std::unique_ptr<world::topic_writer>, world::world_error> {
    const auto made = log::make_topic(folder, topic, settings, base::system_clock());
    if (!made) {
      return refuse(made.error().message);
    }
    return std::make_unique<log_topic>(*made);
  };
}

}  // namespace aisle::tool
