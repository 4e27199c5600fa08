// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/producer.hpp"

#include <utility>

#include "runtime/log/partitioner.hpp"

namespace aisle::log {
namespace {

new_record view_of(const owned_record& record) {
  new_record view{
      .key = record.key, .value = record.value, .timestamp = record.timestamp, .headers = {}};
  for (const auto& [name, value] : record.headers) {
    view.headers.push_back({.name = name, .value = value});
  }
  return view;
}

std::size_t bytes_of(const std::vector<owned_record>& records) {
  std::size_t bytes = 0;
  for (const auto& record : records) {
    bytes += sizeof record + (record.key ? record.key->size() : 0) +
             (record.value ? record.value->size() : 0);
  }
  return bytes;
}

}  // namespace

producer::producer(const topic& of, const base::clock& clock, io::disk& on)
    : partitions_{of.settings.partitions} {
  for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
    writers_.emplace_back(of, base::partition_id{partition}, clock, on);
  }
  thread_ = std::thread{[this] { work(); }};
}

producer::~producer() {
  {
    const std::lock_guard held{guard_};
    stopping_ = true;
  }
  more_.notify_one();
  thread_.join();
}

base::partition_id producer::choose(const std::optional<std::string>& key) {
  if (key) return partition_of(*key, partitions_);
  const std::lock_guard held{guard_};
  return base::partition_id{turn_++ % partitions_};
}

void producer::append(base::partition_id to, std::vector<owned_record> records,
                      const producer_stamp& by, std::string marker, done when_done) {
  const auto bytes = bytes_of(records) + marker.size();
  std::unique_lock held{guard_};
  less_.wait(held, [&] { return waiting_bytes_ < waiting_bytes_max; });
  waiting_bytes_ += bytes;
  waiting_[to].push_back({.records = std::move(records),
                          .by = by,
                          .marker = std::move(marker),
                          .when_done = std::move(when_done),
                          .bytes = bytes});
  held.unlock();
  more_.notify_one();
}

void producer::flush() {
  std::unique_lock held{guard_};
  less_.wait(held, [&] { return waiting_.empty() && !writing_; });
}

void producer::work() {
  std::unique_lock held{guard_};
  for (;;) {
    more_.wait(held, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto taken = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    writing_ = true;
    held.unlock();
    less_.notify_all();
    for (auto& [partition, group] : taken) {
      write(partition, group);
    }
    held.lock();
    writing_ = false;
    less_.notify_all();
  }
}

void producer::write(base::partition_id to, std::vector<waiting>& group) {
  std::vector<std::vector<new_record>> views(group.size());
  std::vector<append_request> requests;
  requests.reserve(group.size());
  for (std::size_t at = 0; at < group.size(); ++at) {
    for (const auto& record : group[at].records) {
      views[at].push_back(view_of(record));
    }
    requests.push_back({.records = views[at], .by = group[at].by, .marker = group[at].marker});
  }
  auto answers = writers_[to.get()].append(requests);
  for (std::size_t at = 0; at < group.size(); ++at) {
    if (group[at].when_done) group[at].when_done(std::move(answers[at]));
  }
}

}  // namespace aisle::log
