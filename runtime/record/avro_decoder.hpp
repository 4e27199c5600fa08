// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "runtime/record/decoder.hpp"

namespace aisle::record {

/// One record in Avro's binary encoding, as `how` says. The error is of `how.schema`.
[[nodiscard]] std::expected<std::unique_ptr<decoder>, std::string> make_avro_decoder(
    const contract& by, const decoding& how, limits bounds);

}  // namespace aisle::record
