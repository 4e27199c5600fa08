// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/immediate_lane.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "runtime/flow/record_frame.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/connection_words.hpp"
#include "runtime/kafka/delivery_tally.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/known_topics.hpp"
#include "runtime/kafka/outgoing.hpp"
#include "runtime/kafka/send_window.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause{50};

/// An error of Kafka's in a writer's words: what may pass is tried again, all else ends the run.
io::error as_write_error(const error& from) {
  const bool needs_somebody = needs_a_person(from.code) || from.code == errc::not_found ||
                              from.code == errc::corrupt || from.code == errc::too_large;
  return {needs_somebody ? io::errc::no_permission : io::errc::write_failed, from.message};
}

class immediate_lane final : public io::lane_writer {
 public:
  explicit immediate_lane(immediate_settings how)
      : how_{std::move(how)}, topics_{how_.topic, {}, how_.tell} {}

  io::result<void> write_at(std::uint64_t offset, std::string_view frames) override {
    const auto until = steady::now() + how_.turn;
    const piece wanted{offset, frames.size()};
    if (!under_way_ || *under_way_ != wanted) {
      under_way_ = wanted;
      left_ = frames.size();
    }
    do {
      auto gone = window_.is_empty() ? send(frames, until) : result<void>{};
      if (!gone) {
        close();
      } else {
        gone = wait(until);
      }
      if (!gone) {
        return std::unexpected{as_write_error(gone.error())};
      }
    } while (left_ > 0);
    under_way_.reset();
    return {};
  }

  /// `write_at` returns when it is safe.
  io::result<void> sync() override { return {}; }

 private:
  /// Which bytes of the lane.
  struct piece {
    std::uint64_t offset = 0;
    std::size_t bytes = 0;
    friend bool operator==(const piece&, const piece&) = default;
  };

  void close() {
    under_way_.reset();
    window_.empty();
    known_ = {};
    client_.reset();
  }

  result<void> open() {
    if (client_ != nullptr) {
      return {};
    }
    if (auto looked = topics_.look(how_.to, how_.turn); !looked) {
      return looked;
    }
    tally_ = std::make_shared<delivery_tally>();
    produced_ = 0;
    std::vector<property> own{{"message.max.bytes", secret{"100000000"}},
                              {"partitioner", secret{"murmur2_random"}}};
    if (const auto batch = batch_setting(topics_.record_bytes_max())) {
      own.push_back(*batch);
    }
    auto made = client::open(purpose::write, how_.to, own,
                             [tally = tally_](const auto& record) { tally->note(record); });
    if (!made) {
      return std::unexpected{std::move(made.error())};
    }
    client_ = *std::move(made);
    window_ = send_window{topics_.record_bytes_max()};
    known_ = {*client_, {how_.topic.topic}, how_.turn};
    return {};
  }

  /// What is left of the piece, as far as the window takes it.
  result<void> send(std::string_view frames, steady::time_point until) {
    if (auto opened = open(); !opened) {
      return opened;
    }
    flow::framed_record record;
    frames.remove_prefix(frames.size() - left_);
    while (!frames.empty()) {
      if (!flow::take_frame(frames, record)) {
        return base::fail(errc::corrupt, "what a lane was given is no record frame");
      }
      const auto out = topics_.place(record, how_.lane, how_.to, how_.turn);
      if (!out) {
        return std::unexpected{out.error()};
      }
      if (window_.is_full_for(*out)) {
        return {};
      }
      if (auto gone = hand_over_or_wait(*out, until); !gone) {
        return gone;
      }
      ++produced_;
      window_.take(*out);
      left_ = frames.size();
    }
    return {};
  }

  result<void> hand_over_or_wait(const outgoing& record, steady::time_point until) {
    for (;;) {
      const error_handle refused{hand_over(client_->handle(), record)};
      if (!refused) {
        return {};
      }
      const auto code = rd_kafka_error_code(refused.get());
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || steady::now() >= until) {
        return std::unexpected{failure("produce", code, rd_kafka_error_string(refused.get()))};
      }
      client_->poll(pause);
    }
  }

  /// Until all that was produced is there.
  result<void> wait(steady::time_point until) {
    while (tally_->delivered() < produced_) {
      if (auto lost = look_for_losses(); !lost) {
        close();
        return lost;
      }
      if (steady::now() >= until) {
        const auto why = client_->trouble();
        return base::fail(errc::timed_out,
                          fmt::format("topic {} has not taken {} records yet{}", how_.topic.topic,
                                      produced_ - tally_->delivered(),
                                      why ? fmt::format(": {}", why->message) : ""));
      }
      rd_kafka_flush(client_->handle(), static_cast<int>(pause.count()));
    }
    window_.empty();
    client_->answered();
    return {};
  }

  /// What is lost is sent again, with all of its piece, by a new producer.
  result<void> look_for_losses() {
    if (auto broken = client_->fatal()) {
      return std::unexpected{*std::move(broken)};
    }
    if (tally_->failed() > 0) {
      return base::fail(errc::timed_out, tally_->first_failure());
    }
    return {};
  }

  immediate_settings how_;
  sink_topics topics_;
  std::unique_ptr<client> client_;
  /// Behind the client, so that it ends before it.
  known_topics known_;
  std::shared_ptr<delivery_tally> tally_;
  std::uint64_t produced_ = 0;
  send_window window_;
  /// What is being written, and how many bytes of it were not handed over yet.
  std::optional<piece> under_way_;
  std::size_t left_ = 0;
};

}  // namespace

std::unique_ptr<io::lane_writer> open_immediate_lane(immediate_settings how) {
  return std::make_unique<immediate_lane>(std::move(how));
}

}  // namespace aisle::kafka
