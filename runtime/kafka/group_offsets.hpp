// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/kafka/client.hpp"

namespace aisle::kafka {

/// The offsets that a consumer group has committed. Nobody joins the group. What is committed here
/// is for lag monitors, and for whoever begins with the start policy `group`; a run that has a
/// checkpoint never reads it.
class group_offsets {
 public:
  [[nodiscard]] static result<std::unique_ptr<group_offsets>> open(const settings& to,
                                                                   const std::string& group);

  /// By partition; nothing where the group has committed nothing.
  [[nodiscard]] result<std::vector<std::optional<base::offset>>> read(const std::string& topic,
                                                                      std::uint32_t partitions,
                                                                      base::duration at_most);
  /// Does not wait. One that fails is forgotten: the next is newer.
  void commit(const std::string& topic, std::span<const io::read_position> at);

 private:
  group_offsets(std::unique_ptr<client> with, std::string group)
      : with_{std::move(with)}, group_{std::move(group)} {}

  std::unique_ptr<client> with_;
  std::string group_;
};

}  // namespace aisle::kafka
