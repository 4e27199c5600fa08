// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/base/clock.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/json.hpp"
#include "runtime/log/producer.hpp"
#include "tools/aisle/log_commands.hpp"

namespace aisle::tool {
namespace {

/// Lines that go into one batch: what waits to be read is appended at once when it is less.
constexpr std::size_t batch_lines_max = 1000;

/// The key a line has; the error says why it has none.
std::expected<std::string, std::string> key_of(const std::string& line, const std::string& field) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::unexpected{"is no JSON object"};
  const auto found = json.find(field);
  if (found == json.end()) return std::unexpected{fmt::format("has no field \"{}\"", field)};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

/// Sends lines to their partitions and keeps what came of it.
class appending {
 public:
  appending(const log_options& options, const log::topic& topic)
      : options_{options},
        batches_(topic.settings.partitions),
        sequences_(topic.settings.partitions),
        // Two names must not be nobody, which is 0.
        id_{options.producer ? base::hash64(*options.producer) | 1U : 0},
        producer_{topic, base::system_clock()} {}

  /// False when the line cannot be appended.
  bool take(std::string line) {
    ++lines_;
    log::owned_record record{
        .key = {}, .value = {}, .timestamp = base::system_clock().now(), .headers = {}};
    if (options_.key_field) {
      auto key = key_of(line, *options_.key_field);
      if (!key) {
        fmt::print(stderr, "aisle: line {} {}\n", lines_, key.error());
        return false;
      }
      record.key = std::move(*key);
    }
    if (options_.base64) {
      auto bytes = base::from_base64(line);
      if (!bytes) {
        fmt::print(stderr, "aisle: line {} is no base64\n", lines_);
        return false;
      }
      line = std::move(*bytes);
    }
    const auto to = producer_.choose(record.key);
    record.value = std::move(line);
    auto& batch = batches_[to.get()];
    batch.push_back(std::move(record));
    if (batch.size() == batch_lines_max) send(to.get());
    return !failed();
  }

  void send_all() {
    for (std::size_t partition = 0; partition < batches_.size(); ++partition)
      send(partition);
  }

  /// Waits for what was sent; the exit code.
  int finish() {
    send_all();
    producer_.flush();
    const std::lock_guard held{guard_};
    fmt::print(stderr, "aisle: {} appended{}\n", appended_,
               repeated_ > 0 ? fmt::format(", {} were there already", repeated_) : "");
    return failure_ ? log_failure(*failure_) : done;
  }

 private:
  void send(std::size_t partition) {
    auto records = std::exchange(batches_[partition], {});
    if (records.empty()) return;
    const log::producer_stamp by{.id = id_, .epoch = 1, .sequence = sequences_[partition]};
    sequences_[partition] += records.size();
    producer_.append(base::partition_id{static_cast<std::uint32_t>(partition)}, std::move(records),
                     id_ == 0 ? log::producer_stamp{} : by, {},
                     [this](const log::result<log::acknowledged>& answer) { note(answer); });
  }

  void note(const log::result<log::acknowledged>& answer) {
    const std::lock_guard held{guard_};
    if (!answer) {
      if (!failure_) failure_ = answer.error();
      return;
    }
    appended_ += answer->appended;
    repeated_ += answer->repeated;
  }

  bool failed() {
    const std::lock_guard held{guard_};
    return failure_.has_value();
  }

  const log_options& options_;
  std::vector<std::vector<log::owned_record>> batches_;
  std::vector<std::uint64_t> sequences_;
  std::uint64_t id_;
  std::uint64_t lines_ = 0;
  std::mutex guard_;
  // Guarded.
  std::uint64_t appended_ = 0;
  std::uint64_t repeated_ = 0;
  std::optional<log::error> failure_;
  // Last, as its thread speaks to the others.
  log::producer producer_;
};

log::result<log::topic> open_or_make(const log_options& options,
                                     const std::filesystem::path& folder) {
  log::topic_settings settings;
  settings.partitions = options.partitions.value_or(1);
  settings.keep.bytes = options.keep_bytes;
  if (options.keep_age) {
    settings.keep.age = base::parse_duration(*options.keep_age);
    if (!settings.keep.age) {
      return base::fail(
          log::errc::bad_argument,
          fmt::format("--keep-age {} is no span of time; expected one like 7d", *options.keep_age));
    }
  }
  const bool says_nothing = !options.partitions && !options.keep_bytes && !options.keep_age;
  auto there = log::open_topic(folder, options.topic);
  if (there && says_nothing) return there;
  if (!there && there.error().code != log::errc::not_found) return there;
  return log::make_topic(folder, options.topic, settings, base::system_clock());
}

}  // namespace

int log_append(const log_options& options, const std::filesystem::path& folder) {
  const auto topic = open_or_make(options, folder);
  if (!topic) return log_failure(topic.error());
  // Otherwise the stream cannot say whether more lies ready.
  std::ios::sync_with_stdio(false);
  appending to{options, *topic};
  std::string line;
  bool good = true;
  while (good && std::getline(std::cin, line)) {
    good = to.take(std::move(line));
    // Nothing more lies ready: whoever writes line by line wants each to be there soon.
    if (std::cin.rdbuf()->in_avail() <= 0) to.send_all();
  }
  const int code = to.finish();
  return code == done && !good ? problems_found : code;
}

}  // namespace aisle::tool
