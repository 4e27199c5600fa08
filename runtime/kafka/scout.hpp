// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/io/wake_event.hpp"
#include "runtime/kafka/client.hpp"

namespace aisle::kafka {

/// What the cluster said last about a topic.
struct sighting {
  /// By partition; never lower than before. Empty before the first answer.
  std::vector<base::offset> ends;
  /// When these were asked for, by the clock's ticks; none: the last question had no answer.
  std::optional<base::duration> asked;
  /// Partitions the topic has by now.
  std::uint32_t partitions = 0;
  /// The topic cannot be read on: it is gone, or another one, or may not be read.
  std::optional<error> lost;
};

/// Asks for the ends of a topic's partitions again and again, on a thread of its own: so that its
/// reader knows whether the cluster can be reached and how much there is, without waiting for
/// anybody. It also serves the client's callbacks.
///
/// librdkafka 2.0.2 has a second use for the question: its thread for a broker, once it has stopped
/// fetching because its queues are full, sleeps for up to a second unless something is sent.
/// Whoever has emptied a queue therefore calls `ask_now`.
class scout {
 public:
  /// `with`, `by` must outlive it. Sets `news` after every answer.
  scout(client& with, std::string topic, std::uint32_t partitions, base::duration every,
        const base::clock& by, std::shared_ptr<const io::wake_event> news);
  ~scout();
  scout(const scout&) = delete;
  scout& operator=(const scout&) = delete;

  [[nodiscard]] std::shared_ptr<const sighting> last() const;
  /// Asks at once instead of after the usual time.
  void ask_now();

 private:
  void run();
  bool wait();
  void look();
  void look_at_topic(sighting& into);
  void look_at_ends(sighting& into);

  client& with_;
  std::string topic_;
  std::uint32_t partitions_;
  base::duration every_;
  const base::clock& clock_;
  std::shared_ptr<const io::wake_event> news_;
  // Of the thread alone.
  std::uint32_t times_missing_ = 0;
  std::uint32_t times_refused_ = 0;
  std::optional<base::duration> topic_seen_;

  mutable std::mutex lock_;
  std::condition_variable changed_;
  std::shared_ptr<const sighting> last_ = std::make_shared<sighting>();
  bool asked_ = true;
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace aisle::kafka
