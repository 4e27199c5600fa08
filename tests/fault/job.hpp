// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tests/e2e/world.hpp"
#include "tests/fault/result_laws.hpp"
#include "tests/fault/verifier.hpp"
#include "tests/support/kafka_broker.hpp"

namespace aisle::fault {

using e2e::strings;

/// Where a test's files lie: in memory where there is room for that, since kill -9 does not lose
/// what was written and not synced, and many syncs are dear.
[[nodiscard]] std::filesystem::path quick_folder();

/// Of each sink's topic, in Kafka.
inline constexpr int sink_partitions = 2;

enum class job_kind : std::uint8_t {
  /// Topics are files, sinks too.
  files,
  /// Topics of an embedded log.
  topics,
  /// Topics of Kafka; sinks too.
  kafka,
  /// Sources are files, sinks are topics of Kafka.
  files_to_kafka,
};

/// How much there is to do.
struct job_size {
  std::string stores = "6";
  std::string skus = "100";
  std::string days = "10";
  /// How many times as many customers the first store has: many events, and few results.
  std::string crowd = "1";
  /// Of each source, in Kafka. With several, results are not to be compared with those from a file:
  /// ids of decisions about an event, and what is too late, depend on where records lie.
  int partitions = 1;
};

/// Brokers that keep what is older than their week of retention: a world's year has gone by.
inline const test_support::kafka_options lasting{.settings = {"log.retention.ms=-1"}};

/// The topology `retail` over a chain of its own, with many records that come twice, late or
/// broken; and what an undisturbed run makes of it, once and without a state.
class job {
 public:
  explicit job(job_kind kind, const job_size& size = {});
  /// With topics in a cluster, which must outlive it. One job in a cluster at a time that has its
  /// sources there.
  job(job_kind kind, test_support::kafka_cluster& cluster, const job_size& size = {});

  [[nodiscard]] job_kind kind() const { return kind_; }
  [[nodiscard]] const oracle& expected() const { return expected_; }
  [[nodiscard]] const std::filesystem::path& world() const { return world_.folder; }
  /// The log with the sources' topics; each trial has a copy. Empty for files.
  [[nodiscard]] std::filesystem::path log() const;
  /// Null without Kafka.
  [[nodiscard]] test_support::kafka_cluster* cluster() const { return cluster_; }
  /// Events in all sources.
  [[nodiscard]] std::uint64_t events() const;

 private:
  void append_topics() const;
  /// As another log has them, and the oracle with their places there.
  void append_to_kafka(const job_size& size);

  job_kind kind_;
  test_support::kafka_cluster* cluster_ = nullptr;
  e2e::temp_folder folder_;
  e2e::world world_;
  oracle expected_;
};

/// The job, done once more, into folders of its own and with a state.
class trial {
 public:
  /// `of` must outlive it. The state lies in `state`, or beside the results.
  explicit trial(const job& of, std::filesystem::path state = {});

  /// Its command line; `more` is put behind.
  [[nodiscard]] strings command(const strings& more = {}) const {
    return command_in(state_, out(), more);
  }
  /// The same, telling its status on stdout once a second, line by line.
  [[nodiscard]] strings telling_command() const;
  /// The same with another state, such as a copy of its own, and another folder for the summary.
  [[nodiscard]] strings command_in(const std::filesystem::path& state,
                                   const std::filesystem::path& out,
                                   const strings& more = {}) const;
  [[nodiscard]] const std::filesystem::path& state() const { return state_; }
  [[nodiscard]] std::filesystem::path data_file() const { return state_ / "data.mdb"; }
  [[nodiscard]] std::filesystem::path out() const { return folder_.path() / "out"; }
  [[nodiscard]] std::filesystem::path log() const { return folder_.path() / "log"; }
  [[nodiscard]] std::string file(std::string_view name) const { return folder_ / name; }

  /// What it has written so far, followed from its first byte on.
  [[nodiscard]] std::unique_ptr<result_follower> follow_results() const;
  /// Starts a verifier of its results and its state.
  [[nodiscard]] std::unique_ptr<verifier> verify() const;

  /// Once a run has ended with 0: where its results differ from the undisturbed run's; empty when
  /// they are the same, byte by byte and sorted.
  [[nodiscard]] std::string difference() const { return difference_with(out() / "summary.json"); }
  [[nodiscard]] std::string difference_with(const std::filesystem::path& summary) const;
  /// The topic of a sink, in Kafka.
  [[nodiscard]] std::string topic_of(const std::string& sink) const { return sink + suffix_; }
  [[nodiscard]] const job& of() const { return of_; }

 private:
  [[nodiscard]] strings lines_of(const std::string& sink) const;
  [[nodiscard]] std::string where_topics_are() const;
  void prepare_kafka() const;

  const job& of_;
  e2e::temp_folder folder_;
  std::filesystem::path state_;
  /// What the names of its sinks' topics end with: each trial has its own.
  std::string suffix_;
};

/// Time enough for several epochs in the smallest job.
inline const std::string short_epoch = "10ms";

}  // namespace aisle::fault
