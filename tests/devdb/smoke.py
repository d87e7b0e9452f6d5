"""One walk through a gateway with pymongo, which speaks the protocol in its own way.  smoke.py PORT"""
import sys

import pymongo

client = pymongo.MongoClient("127.0.0.1", int(sys.argv[1]), serverSelectionTimeoutMS=5000)
log = client.devdb_smoke.log
log.drop()
log.insert_many([{"_id": i, "level": "INFO" if i % 3 else "ERROR"} for i in range(1000)], ordered=False)
try:
    log.insert_many([{"_id": i} for i in (1000, 1, 1001, 2)], ordered=False)
    sys.exit("duplicates were taken")
except pymongo.errors.BulkWriteError as e:
    assert [(w["index"], w["code"]) for w in e.details["writeErrors"]] == [(1, 11000), (3, 11000)], e.details
    assert e.details["nInserted"] == 2, e.details
assert sum(1 for _ in log.find(batch_size=50)) == 1002
assert log.create_index([("level", 1)]) == "level_1"
assert {i["name"] for i in log.list_indexes()} == {"_id_", "level_1"}
assert log.count_documents({"level": "ERROR"}) == 334
assert log.find_one_and_update({"_id": 1}, {"$set": {"x": 1}}, return_document=True)["x"] == 1
log.with_options(write_concern=pymongo.WriteConcern(w=0)).insert_one({"_id": "unacknowledged"})
assert client.devdb_smoke.list_collection_names() == ["log"]
client.drop_database("devdb_smoke")
print("pymongo", pymongo.version, "is content")
