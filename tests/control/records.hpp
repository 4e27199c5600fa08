// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/control/records.hpp"

namespace aisle::control {

inline const member node_a{
    .node = {"a"}, .incarnation = incarnation{0xFFFF'FFFF'FFFF'FFF1U}, .kv = {.high = 1, .low = 2}};
inline const member node_b{
    .node = {"b"}, .incarnation = incarnation{7}, .kv = {.high = 3, .low = ~0ULL}};

inline const shard_name shelf_0{.kind = shard_kind::stage, .of = "shelf", .number = 0};
inline const shard_name lane_1{.kind = shard_kind::sink, .of = "late", .number = 1};

inline log_record a_log(std::uint64_t id = 9) {
  return {.log = {.high = id, .low = id}, .cluster = {.high = 4, .low = 5}, .format = 1};
}

inline claim_record a_claim() {
  return {.node = node_a.node, .incarnation = node_a.incarnation, .address = "a:1"};
}

inline cut_state a_cut(std::int64_t next) {
  return {.sources = {{.partition = {.source = "events", .number = 3},
                       .next = base::offset{next},
                       .highest = base::event_time{base::duration{-5}},
                       .idle = true}},
          .tables = {{.table = "places", .version = table_version{~1ULL}}}};
}

inline assign_record an_assign(attempt from = {}) {
  return {.from = from,
          .state = a_cut(from.epoch.get() == 0 ? 0 : 10),
          .members = {node_a, node_b},
          .shards = {{.shard = shelf_0,
                      .owner = member_index{0},
                      .required = {member_index{0}, member_index{1}}},
                     {.shard = lane_1, .owner = member_index{1}, .required = {member_index{1}}}},
          .readers = {{.partition = {.source = "events", .number = 3}, .reader = member_index{1}}},
          .degraded = true,
          .topology = {.high = 6, .low = ~2ULL}};
}

inline complete_record a_complete(attempt of) {
  return {.attempt = of,
          .state = a_cut(20),
          .members = {node_a, node_b},
          .shards = {{.shard = shelf_0,
                      .holders = {member_index{0}, member_index{1}},
                      .checksum = checksum{~3ULL}}}};
}

inline reset_record a_reset(attempt from) {
  return {.assign = an_assign(from),
          .lost = {"shelf/0 behind (2,1)"},
          .markers = {{.lane = lane_1, .marker = from}},
          .ordered_by = "somebody"};
}

}  // namespace aisle::control
