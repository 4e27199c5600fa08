// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_op_s;
struct rd_kafka_queue_s;

namespace aisle::test_support {

/// librdkafka's settings by their names, `bootstrap.servers` among them.
using kafka_settings = std::map<std::string, std::string>;

struct rd_kafka_destroyer {
  void operator()(rd_kafka_s* client) const;
};

using kafka_handle = std::unique_ptr<rd_kafka_s, rd_kafka_destroyer>;

struct kafka_callbacks {
  /// For each record that was delivered, or was not.
  void (*delivery)(rd_kafka_s* client, const rd_kafka_message_s* told, void* opaque) = nullptr;
  /// `error` is an rd_kafka_resp_err_t.
  void (*error)(rd_kafka_s* client, int error, const char* reason, void* opaque) = nullptr;
  void* opaque = nullptr;
};

/// A client of librdkafka; what fails fails the test. `type` is an rd_kafka_type_t.
[[nodiscard]] kafka_handle kafka_client(int type, const kafka_settings& settings,
                                        const kafka_callbacks& callbacks = {});

/// The administrator's view of a broker. What fails fails the test; each call has happened
/// everywhere when it returns.
class kafka_topics {
 public:
  explicit kafka_topics(const kafka_settings& login);
  explicit kafka_topics(const std::string& servers)
      : kafka_topics{kafka_settings{{"bootstrap.servers", servers}}} {}

  /// `copies` -1: as many as the broker makes by itself. `settings` are the topic's, such as
  /// cleanup.policy. Returns the name.
  std::string create(const std::string& topic, int partitions = 1,
                     const std::map<std::string, std::string>& settings = {}, int copies = -1);
  void remove(const std::string& topic);
  /// As many partitions as `partitions`, from now on.
  void grow(const std::string& topic, int partitions);
  /// What retention does when time is up: the records before the offset are gone.
  void forget_before(const std::string& topic, std::int32_t partition, std::int64_t offset);

  /// 0: there is no such topic.
  [[nodiscard]] int partitions(const std::string& topic) const;

  struct extent {
    std::int64_t first = 0;
    /// One behind the last record or marker; with `isolation.level` read_uncommitted in the login
    /// of those that are not committed, too.
    std::int64_t end = 0;
  };
  [[nodiscard]] extent offsets(const std::string& topic, std::int32_t partition = 0) const;

 private:
  struct queue_destroyer {
    void operator()(rd_kafka_queue_s* queue) const;
  };
  struct event_destroyer {
    void operator()(rd_kafka_op_s* event) const;
  };
  using event = std::unique_ptr<rd_kafka_op_s, event_destroyer>;

  [[nodiscard]] event answer() const;
  void wait_for_partitions(const std::string& topic, int partitions) const;
  [[nodiscard]] std::int64_t offset_at(const std::string& topic, std::int32_t partition,
                                       std::int64_t time) const;

  kafka_handle client_;
  std::unique_ptr<rd_kafka_queue_s, queue_destroyer> answers_;
};

}  // namespace aisle::test_support
