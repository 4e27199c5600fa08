// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/partition_writer.hpp"

#include <cerrno>
#include <utility>

#include "runtime/base/fault.hpp"
#include "runtime/log/files.hpp"
#include "runtime/log/open_partition.hpp"

namespace aisle::log {

partition_writer::partition_writer(topic of, base::partition_id partition, const base::clock& clock,
                                   io::disk& on)
    : of_{std::make_unique<topic>(std::move(of))},
      partition_{partition},
      disk_{&on},
      open_{std::make_unique<open_partition>(*of_, partition, clock, on)} {}

partition_writer::~partition_writer() = default;
partition_writer::partition_writer(partition_writer&&) noexcept = default;
partition_writer& partition_writer::operator=(partition_writer&&) noexcept = default;

result<std::unique_ptr<io::file_lock>> partition_writer::lock(io::disk::patience how) {
  const auto path = of_->partition_folder(partition_) / lock_name;
  auto held = disk_->lock(path, how);
  if (!held && held.error() == EWOULDBLOCK) return std::unique_ptr<io::file_lock>{};
  if (!held) return failed(io::action::write, "cannot lock", path, held.error());
  if (auto fresh = open_->refresh(); !fresh) return std::unexpected{std::move(fresh.error())};
  base::pass_fault(base::fault_point::log_locked);
  return std::move(*held);
}

std::vector<result<acknowledged>> partition_writer::append(
    std::span<const append_request> requests) {
  std::vector<result<acknowledged>> answers;
  answers.reserve(requests.size());
  const auto held = lock(io::disk::patience::wait);
  if (!held) {
    answers.assign(requests.size(), std::unexpected{held.error()});
    return answers;
  }
  for (std::size_t at = 0; at < requests.size();) {
    at = open_->append_group(requests, at, answers);
  }
  return answers;
}

result<acknowledged> partition_writer::append(const append_request& request) {
  return std::move(append(std::span{&request, 1}).front());
}

result<producer_state> partition_writer::take_over(std::uint64_t producer) {
  const auto held = lock(io::disk::patience::wait);
  if (!held) return std::unexpected{held.error()};
  auto state = open_->producers().find(producer).value_or(producer_state{});
  ++state.epoch;
  // Sequences go on: they number what the producer has sent, whoever did its work.
  auto raised =
      open_->fence({.id = producer, .epoch = state.epoch, .sequence = state.next_sequence});
  if (!raised) return std::unexpected{std::move(raised.error())};
  return state;
}

result<std::optional<producer_state>> partition_writer::find_producer(std::uint64_t producer) {
  const auto held = lock(io::disk::patience::wait);
  if (!held) return std::unexpected{held.error()};
  return open_->producers().find(producer);
}

result<end_mark> partition_writer::recover() {
  const auto held = lock(io::disk::patience::wait);
  if (!held) return std::unexpected{held.error()};
  return open_->end();
}

result<std::optional<end_mark>> partition_writer::recover_if_idle() {
  const auto held = lock(io::disk::patience::none);
  if (!held) return std::unexpected{held.error()};
  if (*held == nullptr) return std::nullopt;
  return open_->end();
}

result<std::size_t> partition_writer::remove_old_segments() {
  const auto held = lock(io::disk::patience::wait);
  if (!held) return std::unexpected{held.error()};
  return open_->remove_old_segments();
}

}  // namespace aisle::log
