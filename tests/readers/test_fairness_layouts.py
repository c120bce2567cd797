"""Public layouts for questions of fairness are read as their authors publish them."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.items import Dataset, Group
from evalkit.core.protocols import Reader

FACES = "file,age,gender,race,service_test\n"
DOCUMENTS = "q_id,d_id,relevant,query,doc_title,document,content_gender,exp_stereotype\n"
ONE = "IDX\tSector\tSpecialisation\tOccupation\tObject\tURL type (Type NA if can't find)\t"
ONE += "LICENSE OK?\tOccupation_perceived_gender\tError codes\tAnnotator\n"
TWO = "IDX\tSector\tSpecialisation\tOccupation\tParticipant\tURL type (Type NA if can't find)\t"
TWO += "Licence\tOccupation_Gender\tParticipant_Gender\tError codes\tAnnotator\n"


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def picture(root: Path, name: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), "grey").save(root / name)


def fairface(root: Path) -> None:
    rows = (
        "val/1.jpg,3-9,Male,East Asian,True\nval/2.jpg,more than 70,Female,Latino_Hispanic,False\n"
    )
    write(root, "fairface_label_val.csv", FACES + rows)
    picture(root, "val/1.jpg")
    picture(root, "val/2.jpg")


def grep_biasir(root: Path) -> None:
    write(root, "queries.csv", "q_id,category,query\n7,Career,how to lead a team\n")
    rows = '7,1,1,how to lead a team,Lead,"She leads, firmly.",F,Towards Female\n'
    rows += "7,2,1,how to lead a team,Lead,He leads firmly.,M,Towards female\n"
    rows += "7,3,1,how to lead a team,Lead,They lead firmly.,N,\n"
    rows += "7,4,0,how to lead a team,Cook,She and he cook.,botrh,Towards male\n"
    write(root, "queries-documents_Career.csv", DOCUMENTS + rows)


def winogender(root: Path) -> None:
    rows = "sentid\tsentence\n"
    for gender, she in (("male", "he"), ("female", "she"), ("neutral", "they")):
        rows += f"nurse.patient.0.{gender}.txt\tThe nurse told the patient that {she} would go.\n"
        rows += f"nurse.patient.1.{gender}.txt\tThe nurse told the patient that {she} can go.\n"
    write(root, "all_sentences.tsv", rows)


def winobias(root: Path) -> None:
    pro = "[The cook] asked the tailor if [his] dish is good.\n"
    pro += "The cook asked [the tailor] if [she] likes it.\n"
    anti = "1 [The cook] asked the tailor if [her] dish is good.\n"
    anti += "2 The cook asked [the tailor] if [he] likes it.\n"
    write(root, "pro_stereotyped_type1.txt.dev", pro)
    write(root, "anti_stereotyped_type1.txt.dev", anti)


def visogender(root: Path) -> None:
    row = "OO_1\teducation\tinstitutional\tteacher\tboard\thttps://x\tYes\tmasculine\t\tA\n"
    row += "OO_2\teducation\tinstitutional\tteacher\tboard\tNA\tYes\tfeminine\n"
    write(root, "OO/OO_Visogender_02102023.tsv", ONE + row)
    row = "OP_1\toffice\tlegal\tlawyer\tclient\thttps://x\tYes\twoman\tman\t\tA\n"
    write(root, "OP/OP_Visogender_11062023.tsv", TWO + row)
    picture(root, "images/OO_1.jpg")
    picture(root, "images/OP_1.png")


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "fairface": fairface,
    "grep_biasir": grep_biasir,
    "winogender": winogender,
    "winobias": winobias,
    "visogender": visogender,
}


def reader(name: str) -> Reader:
    return cast("Reader", registry.create("readers", name))


def read(root: Path, name: str) -> Dataset:
    LAYOUTS[name](root)
    return reader(name).read(str(root))


def complaints(root: Path, name: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        reader(name).read(str(root))
    return [str(problem).replace(f"{root}/", "") for problem in caught.value.problems]


def replace(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_each_layout_is_claimed_by_its_own_reader_alone(tmp_path: Path) -> None:
    for name, make in LAYOUTS.items():
        make(tmp_path / name)
        found = [one for one in registry.names("readers") if
                 reader(one).claims(str(tmp_path / name))]  # fmt: skip
        assert found == [name]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_that_is_not_there_or_empty_is_a_data_error(tmp_path: Path, name: str) -> None:
    assert complaints(tmp_path, name)
    assert complaints(tmp_path / "gone", name)[0].endswith("Correct the path.")


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_card_says_whose_gender_it_is(tmp_path: Path, name: str) -> None:
    data = read(tmp_path, name)
    assert any("gender" in limit.casefold() for limit in data.card.limits)
    assert data.name == tmp_path.name
    assert data.origin == str(tmp_path)


def test_faces_carry_their_perceived_labels(tmp_path: Path) -> None:
    data = read(tmp_path, "fairface")
    one, two = data.corpus
    assert (one.id, one.modality) == ("val/1.jpg", "image")
    assert one.tags == {"age": ("3-9",), "gender": ("male",), "race": ("east asian",)}
    assert two.tags == {"age": ("70+",), "gender": ("female",), "race": ("latino hispanic",)}
    assert data.queries == ()


def test_queries_of_the_user_are_read_beside_faces(tmp_path: Path) -> None:
    write(tmp_path, "queries.jsonl", '{"id": "q1", "text": "a clever person"}\n')
    assert read(tmp_path, "fairface").queries[0].content == "a clever person"


def test_validation_labels_of_faces_go_before_training_labels(tmp_path: Path) -> None:
    write(tmp_path, "fairface_label_train.csv", FACES + "train/1.jpg,0-2,Male,White,True\n")
    assert [item.id for item in read(tmp_path, "fairface").corpus] == ["val/1.jpg", "val/2.jpg"]


def test_an_age_that_a_spreadsheet_took_for_a_date_is_refused(tmp_path: Path) -> None:
    fairface(tmp_path)
    replace(tmp_path, "fairface_label_val.csv", "3-9", "03-Sep")
    (complaint,) = complaints(tmp_path, "fairface")
    assert complaint.startswith("fairface_label_val.csv:2: the column 'age' holds '03-Sep'")


def test_a_face_that_is_not_there_is_named_with_its_line(tmp_path: Path) -> None:
    fairface(tmp_path)
    (tmp_path / "val/2.jpg").unlink()
    (complaint,) = complaints(tmp_path, "fairface")
    assert complaint.startswith("fairface_label_val.csv:3: the file 'val/2.jpg' does not exist")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write(tmp_path, "fairface_label_val.csv", "file,age,gender,ethnicity\nval/1.jpg,3-9,Male,x\n")
    (complaint,) = complaints(tmp_path, "fairface")
    assert "there is no column 'race'" in complaint


def test_documents_come_in_three_wordings(tmp_path: Path) -> None:
    data = read(tmp_path, "grep_biasir")
    assert [item.id for item in data.corpus] == ["7-1", "7-2", "7-3", "7-4"]
    assert data.corpus[0].content == "Lead She leads, firmly."
    assert [item.tag("gender") for item in data.corpus] == [
        ("female",), ("male",), ("neutral",), ("female", "male"),
    ]  # fmt: skip
    assert data.truth.grades == {"7": {"7-1": 1, "7-2": 1, "7-3": 1, "7-4": 0}}
    roles = {"query": "7", "female": "7-1", "male": "7-2", "neutral": "7-3"}
    assert data.truth.groups == (Group("7-1", "wording", roles),)
    assert data.queries[0].tag("category") == ("Career",)


def test_known_misspellings_are_read_and_told(tmp_path: Path) -> None:
    data = read(tmp_path, "grep_biasir")
    expected = [item.tag("stereotype") for item in data.corpus]
    assert expected == [("female",), ("female",), (), ("male",)]
    assert any("Career.csv:5: the label 'botrh' was read as 'both'" in n for n in data.card.limits)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",F,", ",W,", "content_gender"),
        (",F,", ",,", "content_gender"),
        ("Towards Female", "Toward Female", "exp_stereotype"),
    ],
)
def test_an_unknown_label_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, column: str
) -> None:
    grep_biasir(tmp_path)
    replace(tmp_path, "queries-documents_Career.csv", old, new)
    (complaint,) = complaints(tmp_path, "grep_biasir")
    assert complaint.startswith(f"queries-documents_Career.csv:2: the column '{column}'")


def test_a_document_may_not_stand_in_two_files(tmp_path: Path) -> None:
    grep_biasir(tmp_path)
    write(tmp_path, "queries-documents_Other.csv", DOCUMENTS + "7,1,1,x,Lead,She.,F,\n")
    (complaint,) = complaints(tmp_path, "grep_biasir")
    assert complaint.startswith("queries-documents_Other.csv:2: the id '7-1' stands")


def test_a_document_to_an_unknown_query_is_refused(tmp_path: Path) -> None:
    grep_biasir(tmp_path)
    replace(tmp_path, "queries-documents_Career.csv", "\n7,1,", "\n8,1,")
    (complaint,) = complaints(tmp_path, "grep_biasir")
    assert "there is no query '8'" in complaint


def test_sentences_are_grouped_by_the_pronoun_that_stands_for_the_occupation(
    tmp_path: Path,
) -> None:
    data = read(tmp_path, "winogender")
    roles = {gender: f"nurse.patient.0.{gender}.txt" for gender in ("female", "male", "neutral")}
    (group,) = data.truth.groups
    assert group.roles == {"query": "the nurse", **roles}
    assert data.truth.grades == {"the nurse": dict.fromkeys(roles.values(), 1)}
    others = [item for item in data.corpus if item.tag("pronoun_of") == ("other",)]
    assert len(others) == 3
    assert data.corpus[0].tag("participant") == ("patient",)


@pytest.mark.parametrize("name", ["nurse.patient.0.men.txt", "nurse.patient.2.male.txt", "nurse"])
def test_a_sentence_whose_name_says_nothing_known_is_refused(tmp_path: Path, name: str) -> None:
    winogender(tmp_path)
    replace(tmp_path, "all_sentences.tsv", "nurse.patient.0.male.txt", name)
    (complaint,) = complaints(tmp_path, "winogender")
    assert complaint.startswith("all_sentences.tsv:2: ")


def test_brackets_leave_the_text_and_name_occupation_and_gender(tmp_path: Path) -> None:
    data = read(tmp_path, "winobias")
    items = {item.id: item for item in data.corpus}
    one = items["anti_stereotyped_type1.txt.dev:1"]
    assert one.content == "The cook asked the tailor if her dish is good."
    assert one.tag("occupation") == ("cook",)
    assert one.tag("gender") == ("female",)
    assert one.tag("stereotype") == ("anti",)
    assert [(g.roles["query"], g.roles["male"]) for g in data.truth.groups] == [
        ("the cook", "pro_stereotyped_type1.txt.dev:1"),
        ("the tailor", "anti_stereotyped_type1.txt.dev:2"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[The cook] asked the tailor.",
        "The cook asked if [she] may go.",
        "[The cook] asked [the tailor] if [she] may go.",
        "[The cook] asked if [she] knows [him].",
    ],
)
def test_brackets_that_do_not_tell_who_is_meant_are_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, "pro_stereotyped_type2.txt.test", f"{text}\n")
    (complaint,) = complaints(tmp_path, "winobias")
    assert complaint.startswith("pro_stereotyped_type2.txt.test:1: the brackets mark ")


def test_photographs_answer_captions_of_their_occupation(tmp_path: Path) -> None:
    data = read(tmp_path, "visogender")
    teacher, lawyer = data.corpus
    assert (teacher.id, teacher.tag("gender")) == ("OO_1", ("male",))
    assert lawyer.tag("gender") == ("female",)
    assert lawyer.tag("participant_gender") == ("male",)
    grades = data.truth.grades
    assert grades["OO the teacher and their board"] == {"OO_1": 1}
    assert grades["OO the teacher and his board"] == {"OO_1": 2}
    assert grades["OP the lawyer and his client"] == {"OP_1": 1}
    assert {query.tag("asks") for query in data.queries} == {("neutral",), ("female",), ("male",)}


def test_rows_without_a_picture_are_left_out_and_counted(tmp_path: Path) -> None:
    data = read(tmp_path, "visogender")
    assert "1 of 3 rows have no picture and are left out." in data.card.limits


def test_no_picture_at_all_is_refused(tmp_path: Path) -> None:
    visogender(tmp_path)
    for file in (tmp_path / "images").iterdir():
        file.unlink()
    (complaint,) = complaints(tmp_path, "visogender")
    assert "none of the 3 rows has a picture" in complaint


def test_two_versions_of_one_table_are_refused(tmp_path: Path) -> None:
    visogender(tmp_path)
    write(tmp_path, "OO/OO_Visogender_14082023.tsv", ONE)
    (complaint,) = complaints(tmp_path, "visogender")
    assert "there are several versions: OO/OO_Visogender_02102023.tsv, OO/OO" in complaint


def test_a_gender_that_nobody_declared_is_refused(tmp_path: Path) -> None:
    visogender(tmp_path)
    replace(tmp_path, "OO/OO_Visogender_02102023.tsv", "feminine", "femenine")
    (complaint,) = complaints(tmp_path, "visogender")
    assert complaint.startswith(
        "OO/OO_Visogender_02102023.tsv:3: the column 'Occupation_perceived_gender' holds"
    )


def test_a_row_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    visogender(tmp_path)
    replace(tmp_path, "OO/OO_Visogender_02102023.tsv", "\tYes\tmasculine", "\t\tYes\tmasculine")
    (complaint,) = complaints(tmp_path, "visogender")
    assert "the row has 11 cells and the header has 10" in complaint
