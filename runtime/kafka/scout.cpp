// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/scout.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

#include "runtime/kafka/connection_words.hpp"
#include "runtime/kafka/topic_facts.hpp"

namespace aisle::kafka {
namespace {

// What one question may take: so long does its end wait, too.
constexpr base::duration answer_max = std::chrono::seconds{1};
// The topic itself is looked at so often.
constexpr base::duration topic_every = std::chrono::seconds{1};
// So often in a row a broker says that a topic is gone, or refuses us, until it is believed: one
// that has just started does not know everything yet.
constexpr std::uint32_t patience = 5;

}  // namespace

scout::scout(client& with, std::string topic, std::uint32_t partitions, base::duration every,
             const base::clock& by, std::shared_ptr<const io::wake_event> news)
    : with_{with},
      topic_{std::move(topic)},
      partitions_{partitions},
      every_{every},
      clock_{by},
      news_{std::move(news)},
      thread_{[this] { run(); }} {}

scout::~scout() {
  {
    const std::scoped_lock hold{lock_};
    leaving_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::shared_ptr<const sighting> scout::last() const {
  const std::scoped_lock hold{lock_};
  return last_;
}

void scout::ask_now() {
  {
    const std::scoped_lock hold{lock_};
    if (asked_) return;
    asked_ = true;
  }
  changed_.notify_one();
}

void scout::run() {
  while (wait()) {
    look();
  }
}

// False when it is time to leave.
bool scout::wait() {
  std::unique_lock hold{lock_};
  changed_.wait_for(hold, every_, [this] { return asked_ || leaving_; });
  asked_ = false;
  return !leaving_;
}

void scout::look() {
  auto found = std::make_shared<sighting>(*last());
  const auto now = clock_.ticks();
  look_at_ends(*found);
  if (!topic_seen_ || now - *topic_seen_ >= topic_every) {
    topic_seen_ = now;
    look_at_topic(*found);
  }
  with_.poll();
  if (auto fatal = with_.fatal()) found->lost = std::move(fatal);
  {
    const std::scoped_lock hold{lock_};
    last_ = std::move(found);
  }
  news_->set();
}

void scout::look_at_ends(sighting& into) {
  const auto asked = clock_.ticks();
  auto found = ends(with_, topic_, partitions_, answer_max);
  if (!found) {
    into.asked.reset();
    times_refused_ = needs_a_person(found.error().code) ? times_refused_ + 1 : 0;
    if (times_refused_ >= patience) into.lost = std::move(found.error());
    return;
  }
  times_refused_ = 0;
  into.ends.resize(found->size());
  for (std::size_t p = 0; p < found->size(); ++p) {
    into.ends[p] = std::max(into.ends[p], (*found)[p]);
  }
  into.asked = asked;
}

void scout::look_at_topic(sighting& into) {
  const auto found = partitions_of(with_, topic_, answer_max);
  if (found) {
    times_missing_ = 0;
    into.partitions = *found;
    if (*found < partitions_) {
      into.lost = error{errc::changed,
                        fmt::format("the Kafka topic \"{}\" has {} partitions and had {}: it was "
                                    "deleted and made anew; start with an empty state",
                                    topic_, *found, partitions_)};
    }
    return;
  }
  const auto& why = found.error();
  const bool is_gone = why.code == errc::not_found;
  times_missing_ = is_gone || needs_a_person(why.code) ? times_missing_ + 1 : 0;
  if (times_missing_ < patience) return;
  into.lost = is_gone ? error{errc::not_found,
                              fmt::format("the Kafka topic \"{}\" was deleted while it was read; "
                                          "what was read stays good",
                                          topic_)}
                      : why;
}

}  // namespace aisle::kafka
