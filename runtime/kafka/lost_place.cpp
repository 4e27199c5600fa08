// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/lost_place.hpp"

#include <fmt/core.h>

namespace aisle::kafka {

std::string partition_named(std::string_view topic, std::uint32_t partition) {
  return fmt::format("partition {} of the Kafka topic \"{}\"", partition, topic);
}

error is_gone(std::string_view topic, std::uint32_t partition) {
  return {errc::changed,
          fmt::format("{} is gone: the topic has fewer now; start with an empty state",
                      partition_named(topic, partition))};
}

error ends_before(std::string_view topic, std::uint32_t partition, base::offset end,
                  base::offset stopped) {
  return {errc::changed,
          fmt::format("{} ends at offset {}, before the {} where reading stopped: the topic was "
                      "deleted and made anew, or its end was cut off; start with an empty state",
                      partition_named(topic, partition), end.get(), stopped.get())};
}

error removed_before_read(std::string_view topic, std::uint32_t partition, base::offset first,
                          base::offset next) {
  return {errc::out_of_range,
          fmt::format("retention has removed records of {} before they were read: {}, from offset "
                      "{} to {}. Let the topic keep more; to go on without them set `on_lost: "
                      "go_on` at the source, or start with an empty state",
                      partition_named(topic, partition), first.get() - next.get(), next.get(),
                      first.get() - 1)};
}

}  // namespace aisle::kafka
