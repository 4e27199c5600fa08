// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/io/disk.hpp"
#include "runtime/log/partition_writer.hpp"
#include "runtime/log/topic.hpp"

namespace aisle::log {

/// A record that owns its bytes.
struct owned_record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  base::event_time timestamp{};
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

/// Appends to the partitions of a topic from any number of threads, with group commit: while one
/// group is being synced the next one gathers, so that the syncs of a busy producer are few and
/// large, and those of a quiet one soon. One thread of its own does the writing.
class producer {
 public:
  /// Called once for each append, on the producer's thread, when it is synced or has failed. It
  /// must not call the producer.
  using done = std::function<void(result<acknowledged>)>;

  /// Bytes that may wait to be written; `append` waits at the bound.
  static constexpr std::size_t waiting_bytes_max = std::size_t{64} << 20;

  /// `clock` and `on` must outlive the producer.
  producer(const topic& of, const base::clock& clock, io::disk& on = io::real_disk());
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;
  /// Writes what waits, then returns.
  ~producer();

  /// Appends records to a partition as one batch. Waits while too much waits to be written, so it
  /// is not for a thread that must not block.
  void append(base::partition_id to, std::vector<owned_record> records, const producer_stamp& by,
              std::string marker, done when_done);
  /// The partition for a key: Kafka's for the same key; without a key one after the other.
  [[nodiscard]] base::partition_id choose(const std::optional<std::string>& key);
  /// Returns when everything appended before is acknowledged or has failed.
  void flush();

 private:
  struct waiting {
    std::vector<owned_record> records;
    producer_stamp by;
    std::string marker;
    done when_done;
    std::size_t bytes = 0;
  };
  using groups = std::map<base::partition_id, std::vector<waiting>>;

  void work();
  void write(base::partition_id to, std::vector<waiting>& group);

  std::uint32_t partitions_;
  std::vector<partition_writer> writers_;
  std::mutex guard_;
  // Guarded.
  groups waiting_;
  std::size_t waiting_bytes_ = 0;
  bool writing_ = false;
  bool stopping_ = false;
  std::uint32_t turn_ = 0;
  std::condition_variable more_;
  std::condition_variable less_;
  std::thread thread_;
};

}  // namespace aisle::log
