// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "runtime/base/clock.hpp"
#include "runtime/io/http_get.hpp"
#include "runtime/record/schema_source.hpp"

namespace aisle::io {

/// A registry that cannot be asked is left alone for so long, doubled with each failure up to the
/// longest; readers ask again in between and are told the same at once.
inline constexpr base::duration registry_wait_first{200};
inline constexpr base::duration registry_wait_longest = std::chrono::seconds{10};
/// An id that the registry does not know is asked for again after this.
inline constexpr base::duration registry_forgets_after = std::chrono::seconds{30};

/// A schema registry as Confluent's (GET /schemas/ids/{id}), for all readers of a process: schemas
/// never change, so each is asked for once. 404 is an id that nobody knows; whatever else is no
/// schema (no answer, 401, 5xx, garbage) is a registry that is unavailable. `clock` must outlive
/// it.
[[nodiscard]] std::shared_ptr<record::schema_source> make_schema_registry(http_settings settings,
                                                                          const base::clock& clock);

/// The same with the requests of a test.
[[nodiscard]] std::shared_ptr<record::schema_source> make_schema_registry(
    std::unique_ptr<http_getter> getter, std::string name, const base::clock& clock);

}  // namespace aisle::io
