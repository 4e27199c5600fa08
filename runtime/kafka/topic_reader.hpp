// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "runtime/base/clock.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/settings.hpp"
#include "runtime/kafka/topic_options.hpp"

namespace aisle::kafka {

/// A topic of Kafka's as a source of a topology: the values of all its partitions as raw records,
/// each with its partition and its offset as ordinal. A tombstone is an empty record. Only what is
/// committed is read.
///
/// Partitions are assigned by hand: the reader is in no group. They are merged by the records'
/// timestamps as far as records are there, and no partition runs ahead of another that is known to
/// have more than 1,000 records left.
///
/// Memory: the client fetches ahead 16 MiB for all partitions together (at least 256 KiB for each)
/// and at most 200,000 records (at least 1,000), and one fetch of 8 MiB, compressed, over that.
///
/// Asks the cluster whether the topic is there and where it begins and ends; reads nothing before
/// the first `next`, so that positions can be set before. A partition without one begins where
/// `options.start` says, but at its oldest record when any other has one: then it came later. `by`
/// must outlive the reader.
[[nodiscard]] result<std::unique_ptr<io::record_reader>> open_topic_reader(
    const settings& to, const topic_options& options, const base::clock& by = base::system_clock());

}  // namespace aisle::kafka
