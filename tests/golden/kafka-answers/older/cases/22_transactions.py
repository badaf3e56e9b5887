"""WriteTxnMarkers 0."""


def cases(k):
    k.topic("om-there", 2)
    k.topic("om-end")

    def marker(name, topic="om-there", partition=1, **more):
        marker = {"producer_id": 777, "producer_epoch": 3, "transaction_result": False, "topics": [{"name": topic, "partition_indexes": [partition]}], "coordinator_epoch": 0}
        k.case(name, "WriteTxnMarkers", markers=[{**marker, **more}])

    marker("marker")
    marker("marker, unknown topic", topic="om-unknown")
    marker("marker, unknown partition", partition=9)
    marker("marker, old epoch", producer_epoch=1)
    marker("marker, coordinator goes back", coordinator_epoch=-1)
    k.case("markers: none", "WriteTxnMarkers")
