// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace aisle::bench {

/// Reads all that the topics hold with librdkafka's consumer and nothing else, as fast as it comes,
/// and prints how many records there were. False when it cannot.
[[nodiscard]] bool consume(const std::string& servers, const std::vector<std::string>& topics);

}  // namespace aisle::bench
