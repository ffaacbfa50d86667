from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.ingest.plausibility import misread_quantities, plausible_share

CLEAN = (
    "Invasive ductal carcinoma, Nottingham grade 2 (3+2+1=6/9), 2.3 x 1.1 x 0.9 cm. pT2 pN1a(sn) pMX. ER: 95%.",
    "Mammakarzinom links, G2, größter Durchmesser 23 mm, Östrogenrezeptor positiv.",
    "Carcinome canalaire infiltrant du sein gauche, récepteurs hormonaux positifs.",
    "NO METASTASIS IN 12 LYMPH NODES (0/12). DCIS, SBR II. MIB-1 15-20%. Block A1-A4, E-cadherin lost.",
)
MISREAD = ("20 em. in length", "1.2 crn", "S.O CM", "SO% CLEAR", "3 mrn", "pNO pMX", "5O%", "l.5 cm")


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_is_plausible(text: str) -> None:
    assert plausible_share(text) > 0.97
    assert misread_quantities(text) == 0


@pytest.mark.parametrize("text", MISREAD)
def test_misread_quantities_are_seen(text: str) -> None:
    assert misread_quantities(text.replace("CM", "cm")) == 1


@pytest.mark.parametrize(
    "text", ["l^rtdo ^,A,-^ =^yRa IIII1I1II11", "\ufffd\ufffd \x01\x02", "(cid:12)(cid:7)(cid:44)"]
)
def test_rubbish_is_not_plausible(text: str) -> None:
    assert plausible_share(text) < 0.3


@given(st.text())
def test_share_is_a_share(text: str) -> None:
    assert 0 <= plausible_share(text) <= 1
