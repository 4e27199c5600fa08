// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/group_offsets.hpp"

#include <array>

#include <fmt/core.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {

result<std::unique_ptr<group_offsets>> group_offsets::open(const settings& to,
                                                           const std::string& group) {
  const std::array own{property{"group.id", secret{group}}};
  auto with = client::open(purpose::read, to, own);
  if (!with) return std::unexpected{std::move(with.error())};
  return std::unique_ptr<group_offsets>{new group_offsets{std::move(*with), group}};
}

result<std::vector<std::optional<base::offset>>> group_offsets::read(const std::string& topic,
                                                                     std::uint32_t partitions,
                                                                     base::duration at_most) {
  const offsets_handle list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions))};
  for (std::uint32_t p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), static_cast<std::int32_t>(p));
  }
  const auto code =
      rd_kafka_committed(with_->handle(), list.get(), static_cast<int>(at_most.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    with_->poll();
    return std::unexpected{with_->trouble().value_or(
        failure(fmt::format("cannot read the offsets of the consumer group \"{}\" for topic \"{}\"",
                            group_, topic),
                code))};
  }
  std::vector<std::optional<base::offset>> found(partitions);
  for (const auto& one : std::span{list->elems, static_cast<std::size_t>(list->cnt)}) {
    if (one.offset >= 0) {
      found.at(static_cast<std::size_t>(one.partition)) = base::offset{one.offset};
    }
  }
  return found;
}

void group_offsets::commit(const std::string& topic, std::span<const io::read_position> at) {
  with_->poll();
  const offsets_handle list{rd_kafka_topic_partition_list_new(static_cast<int>(at.size()))};
  for (const auto& one : at) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(),
                                      static_cast<std::int32_t>(one.partition.get()))
        ->offset = one.ordinal.get();
  }
  constexpr int in_background = 1;
  rd_kafka_commit(with_->handle(), list.get(), in_background);
}

}  // namespace aisle::kafka
