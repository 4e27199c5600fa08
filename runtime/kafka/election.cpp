// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/election.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds leave_max{5};
constexpr std::chrono::milliseconds slice{50};

int ms(base::duration of) { return static_cast<int>(of.count()); }
secret number(base::duration of) { return secret{fmt::format("{}", of.count())}; }

// No group.instance.id: a second process with the same one would end the first, where a plain
// member just waits its turn.
std::vector<property> own_settings(const election_settings& how) {
  return {{"group.id", secret{how.group}},
          {"partition.assignment.strategy", secret{"range"}},
          {"session.timeout.ms", number(how.session)},
          {"heartbeat.interval.ms", number(std::max(how.session / 5, base::duration{100}))},
          {"max.poll.interval.ms", number(std::max(how.poll_within, how.session))}};
}

}  // namespace

election_settings election_of(settings to, std::string_view cluster) {
  return {.to = std::move(to),
          .topic = fmt::format("aisle-{}-control", cluster),
          .group = fmt::format("aisle-{}-leader", cluster)};
}

result<std::unique_ptr<election>> election::stand(election_settings how, const base::clock& time) {
  std::unique_ptr<election> made{new election{std::move(how), time}};
  if (auto joined = made->join(); !joined) return std::unexpected{std::move(joined.error())};
  return made;
}

election::~election() { leave(); }

result<void> election::join() {
  auto opened = client::open(purpose::read, how_.to, own_settings(how_), {},
                             [this](int code, auto* partitions) { rebalanced(code, partitions); });
  if (!opened) return std::unexpected{std::move(opened.error())};
  client_ = *std::move(opened);
  rd_kafka_poll_set_consumer(client_->handle());
  const offsets_handle topics{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(topics.get(), how_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(client_->handle(), topics.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::unexpected{failure(fmt::format("join the group {}", how_.group), code)};
}

result<std::optional<election_event>> election::poll(base::duration at_most) {
  const auto now = time_.ticks();
  // Somebody else may have been elected while this process stood still.
  const bool stood_still = polled_at_ && now - *polled_at_ >= how_.session;
  polled_at_ = now;
  gives_way_ = gives_way_ || (stood_still && holds_);
  if (gives_way_ && holds_) return now_holds(false);
  if (std::exchange(gives_way_, false)) {
    leave();
    if (auto joined = join(); !joined) return std::unexpected{std::move(joined.error())};
  }
  serve(at_most);
  polled_at_ = time_.ticks();
  if (auto broken = client_->fatal()) {
    holds_ = false;
    return std::unexpected{*std::move(broken)};
  }
  return due(*polled_at_);
}

/// Callbacks are called from here, and nowhere else.
void election::serve(base::duration at_most) {
  const message_handle one{rd_kafka_consumer_poll(client_->handle(), ms(at_most))};
  if (!one || one->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
      one->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return;
  }
  trouble_ = failure(fmt::format("take part in the group {}", how_.group), one->err,
                     rd_kafka_message_errstr(one.get()));
}

void election::rebalanced(int code, rd_kafka_topic_partition_list_s* partitions) {
  auto* const handle = client_->handle();
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < partitions->cnt; ++i)
      partitions->elems[i].offset = RD_KAFKA_OFFSET_END;
    rd_kafka_assign(handle, partitions);
    rd_kafka_pause_partitions(handle, partitions);
    assigned_ = partitions->cnt > 0;
    undecided_ = false;
    trouble_.reset();
    return;
  }
  dropped_ = dropped_ || rd_kafka_assignment_lost(handle) != 0;
  undecided_ = true;
  assigned_ = false;
  revoked_at_ = time_.ticks();
  rd_kafka_assign(handle, nullptr);
}

/// A rebalance that gives the partition back changes nothing; it may not take for ever.
std::optional<election_event> election::due(base::duration now) {
  if (holds_ && dropped_) {
    dropped_ = false;
    return now_holds(false);
  }
  dropped_ = false;
  if (undecided_ && now - revoked_at_ < how_.session) return std::nullopt;
  return now_holds(assigned_);
}

std::optional<election_event> election::now_holds(bool does) {
  if (does == holds_) return std::nullopt;
  holds_ = does;
  return does ? election_event::gained : election_event::lost;
}

std::optional<error> election::trouble() const {
  return trouble_ || !client_ ? trouble_ : client_->trouble();
}

/// Without it the others would wait for the end of the session.
void election::leave() {
  if (!client_) return;
  auto* const handle = client_->handle();
  const queue_handle queue{rd_kafka_queue_get_consumer(handle)};
  const error_handle refused{rd_kafka_consumer_close_queue(handle, queue.get())};
  const auto until = steady::now() + leave_max;
  while (!refused && rd_kafka_consumer_closed(handle) == 0 && steady::now() < until) {
    serve(slice);
  }
  client_.reset();
  assigned_ = undecided_ = dropped_ = false;
}

}  // namespace aisle::kafka
